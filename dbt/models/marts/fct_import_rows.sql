{{ config(
    materialized='incremental',
    incremental_strategy='append',
    indexes=[
        {'columns': ['import_id', 'attempt', 'line'], 'unique': true},
        {'columns': ['attempt_finished_at']},
    ],
) }}

with attempts as (

    {{ attempts_not_held() }}

)

select
    rows_of.import_id,
    rows_of.attempt,
    rows_of.line,
    attempts.account_id,
    rows_of.outcome,
    rows_of.patient_id,
    attempts.finished_at as attempt_finished_at
from attempts
inner join {{ ref('stg_import_rows') }} as rows_of
    on attempts.import_id = rows_of.import_id and attempts.attempt = rows_of.attempt
