{{ config(indexes=[{'columns': ['import_id'], 'unique': true}]) }}

with latest as (

    select distinct on (import_id) *
    from {{ ref('fct_attempts') }}
    order by import_id asc, attempt desc

),

answered as (

    select
        import_id,
        count(*) as attempts,
        min(finished_at) as first_result_at
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
    (imports.received_at at time zone accounts.time_zone)::date as received_on,
    imports.dry_run,
    imports.state,
    latest.attempt,
    answered.attempts,
    latest.run_id,
    latest.started_at,
    latest.finished_at,
    latest.fault_code,
    latest.records,
    latest.created,
    latest.updated,
    latest.unchanged,
    latest.errored,
    round(latest.errored::numeric / nullif(latest.records, 0), 4)::double precision as error_share,
    extract(epoch from answered.first_result_at - imports.received_at)::double precision
        as seconds_from_drop_to_result,
    latest.pipeline_seconds
from {{ ref('stg_imports') }} as imports
inner join {{ ref('stg_accounts') }} as accounts on imports.account_id = accounts.account_id
left join latest on imports.import_id = latest.import_id
left join answered on imports.import_id = answered.import_id
