-- The other fact tables take their attempts from here, so that all tables of a build contain the
-- same attempts.
{{ config(indexes=[{'columns': ['finished_at']}], post_hook='analyze {{ this }}') }}

with stages as (

    select
        import_id,
        attempt,
        sum(seconds) as pipeline_seconds
    from {{ ref('stg_attempt_stages') }}
    group by import_id, attempt

),

undone as (

    -- An undo takes back an attempt and all attempts before it.
    select
        attempts.import_id,
        attempts.attempt,
        min(undos.undone_at) as undone_at
    from {{ ref('stg_attempts') }} as attempts
    inner join {{ ref('stg_undos') }} as undos
        on attempts.import_id = undos.import_id and attempts.attempt <= undos.up_to_attempt
    group by attempts.import_id, attempts.attempt

)

select
    attempts.import_id,
    attempts.attempt,
    imports.account_id,
    imports.format,
    imports.dry_run,
    attempts.state,
    attempts.run_id,
    attempts.started_at,
    attempts.finished_at,
    {{ day_in_zone('attempts.finished_at', 'zones.time_zone') }} as finished_on,
    undone.undone_at,
    attempts.fault_code,
    attempts.records,
    attempts.created,
    attempts.updated,
    attempts.unchanged,
    attempts.errored,
    stages.pipeline_seconds
from {{ ref('stg_attempts') }} as attempts
inner join {{ ref('stg_imports') }} as imports on attempts.import_id = imports.import_id
inner join {{ ref('dim_account_history') }} as zones
    on {{ was_valid('zones', 'imports.account_id', 'attempts.finished_at') }}
left join stages
    on attempts.import_id = stages.import_id and attempts.attempt = stages.attempt
left join undone
    on attempts.import_id = undone.import_id and attempts.attempt = undone.attempt
-- Of an archive its members are counted, which are imports of their own.
where attempts.finished_at is not null and attempts.state <> 'unpacked'
