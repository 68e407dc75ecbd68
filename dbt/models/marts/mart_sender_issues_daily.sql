select
    days.account_id,
    days.account,
    days.received_on,
    issues.code,
    issues.column_name,
    bool_or(issues.severity = 'error') as fails_rows,
    sum(issues.rows_concerned)::bigint as rows_concerned,
    round(sum(issues.rows_concerned) / nullif(days.records, 0), 4)::double precision as share
from {{ ref('fct_attempt_issues') }} as issues
inner join {{ ref('fct_imports') }} as imports
    on issues.import_id = imports.import_id and issues.attempt = imports.attempt
inner join {{ ref('mart_sender_quality_daily') }} as days
    on imports.account_id = days.account_id and imports.received_on = days.received_on
where not imports.dry_run
group by
    days.account_id, days.account, days.received_on, days.records,
    issues.code, issues.column_name
