-- An intermediate step: mart_sender_issues_daily sums these counts and not the issues of every row.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    indexes=[
        {'columns': ['import_id', 'attempt', 'code', 'severity', 'column_name'], 'unique': true},
        {'columns': ['attempt_finished_at']},
    ],
) }}

with attempts as (

    {{ attempts_not_held() }}

)

select
    issues.import_id,
    issues.attempt,
    attempts.account_id,
    issues.code,
    issues.severity,
    coalesce(issues.column_name, '') as column_name,
    count(distinct issues.line) as rows_concerned,
    attempts.finished_at as attempt_finished_at
from attempts
inner join {{ ref('fct_row_issues') }} as issues
    on attempts.import_id = issues.import_id and attempts.attempt = issues.attempt
where issues.line > 0
group by 1, 2, 3, 4, 5, 6, 8
