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

)

select
    attempts.import_id,
    attempts.attempt,
    imports.account_id,
    imports.format,
    attempts.state,
    attempts.run_id,
    attempts.started_at,
    attempts.finished_at,
    attempts.fault_code,
    attempts.records,
    attempts.created,
    attempts.updated,
    attempts.unchanged,
    attempts.errored,
    stages.pipeline_seconds
from {{ ref('stg_attempts') }} as attempts
inner join {{ ref('stg_imports') }} as imports on attempts.import_id = imports.import_id
left join stages
    on attempts.import_id = stages.import_id and attempts.attempt = stages.attempt
where attempts.finished_at is not null
