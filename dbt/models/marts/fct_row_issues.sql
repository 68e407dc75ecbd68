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
    case
        when issues.is_about_a_column then coalesce(known.label, 'another column')
    end as column_name,
    attempts.finished_at as attempt_finished_at
from attempts
inner join {{ ref('stg_row_issues') }} as issues
    on attempts.import_id = issues.import_id and attempts.attempt = issues.attempt
left join {{ ref('known_columns') }} as known
    on attempts.format = known.format and issues.slot = known.slot
