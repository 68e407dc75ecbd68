select
    attempts.account_id,
    accounts.account,
    attempts.finished_on,
    count(*) as attempts,
    count(*) filter (where attempts.fault_code <> 'cancelled') as failed_attempts,
    count(*) filter (where attempts.undone_at is not null) as undone_attempts,
    sum(attempts.records) as records,
    sum(attempts.created) as created,
    sum(attempts.updated) as updated,
    sum(attempts.unchanged) as unchanged,
    sum(attempts.errored) as errored,
    sum(attempts.pipeline_seconds) as pipeline_seconds
from {{ ref('fct_attempts') }} as attempts
inner join {{ ref('dim_accounts') }} as accounts on attempts.account_id = accounts.account_id
where not attempts.dry_run
group by attempts.account_id, accounts.account, attempts.finished_on
