select
    imports.account_id,
    accounts.account,
    imports.received_on,
    count(*) as files,
    count(*) filter (where imports.fault_code <> 'cancelled') as failed_files,
    count(*) filter (where imports.undone_at is not null) as undone_files,
    sum(imports.records) as records,
    sum(imports.created)::bigint as created,
    sum(imports.updated)::bigint as updated,
    sum(imports.unchanged) as unchanged,
    sum(imports.errored) as errored,
    round(sum(imports.errored)::numeric / nullif(sum(imports.records), 0), 4)::double precision
        as error_share,
    percentile_cont(0.5) within group (order by imports.seconds_from_drop_to_result)
        as median_seconds,
    max(imports.seconds_from_drop_to_result) as max_seconds
from {{ ref('fct_imports') }} as imports
inner join {{ ref('dim_accounts') }} as accounts on imports.account_id = accounts.account_id
where imports.attempt is not null and not imports.dry_run
group by imports.account_id, accounts.account, imports.received_on
