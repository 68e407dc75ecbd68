{{ config(
    materialized='incremental',
    incremental_strategy='append',
    indexes=[
        {'columns': ['import_id', 'attempt', 'line', 'ordinal'], 'unique': true},
        {'columns': ['attempt_finished_at']},
    ],
) }}

with attempts as (

    {{ attempts_not_held() }}

)

select
    issues.import_id,
    issues.attempt,
    issues.line,
    issues.ordinal,
    attempts.account_id,
    issues.code,
    issues.severity,
    issues.column_name,
    attempts.finished_at as attempt_finished_at
from attempts
inner join {{ ref('stg_row_issues') }} as issues
    on attempts.import_id = issues.import_id and attempts.attempt = issues.attempt
