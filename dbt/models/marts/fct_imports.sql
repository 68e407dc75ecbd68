-- What a file was like is that of its latest attempt; what it did to patients, of all in effect.
with latest as (

    select distinct on (import_id) *
    from {{ ref('fct_attempts') }}
    order by import_id asc, attempt desc

),

together as (

    select
        import_id,
        count(*) as attempts,
        min(finished_at) as first_result_at,
        coalesce(sum(created) filter (where not dry_run and undone_at is null), 0) as created,
        coalesce(sum(updated) filter (where not dry_run and undone_at is null), 0) as updated
    from {{ ref('fct_attempts') }}
    group by import_id

)

select
    imports.import_id,
    imports.partition_key,
    imports.account_id,
    imports.format,
    imports.door,
    imports.sha256,
    imports.byte_count,
    imports.received_at,
    {{ day_in_zone('imports.received_at', 'zones.time_zone') }} as received_on,
    imports.dry_run,
    imports.state,
    latest.attempt,
    together.attempts,
    latest.run_id,
    latest.started_at,
    latest.finished_at,
    latest.undone_at,
    latest.fault_code,
    latest.records,
    together.created,
    together.updated,
    latest.unchanged,
    latest.errored,
    round(latest.errored::numeric / nullif(latest.records, 0), 4)::double precision as error_share,
    extract(epoch from together.first_result_at - imports.received_at)::double precision
        as seconds_from_drop_to_result,
    latest.pipeline_seconds
from {{ ref('stg_imports') }} as imports
inner join {{ ref('dim_account_history') }} as zones
    on {{ was_valid('zones', 'imports.account_id', 'imports.received_at') }}
left join latest on imports.import_id = latest.import_id
left join together on imports.import_id = together.import_id
