-- There is no unique index: with six columns and eight entries per row, it would take as long as
-- the rest of the build.
{{ config(
    pre_hook="set local work_mem = '64MB'",
    materialized='incremental',
    incremental_strategy='append',
    indexes=[
        {'columns': ['import_id', 'attempt']},
        {'columns': ['attempt_finished_at']},
    ],
) }}

with attempts as (

    {{ attempts_not_held() }}

)

select
    changes.patient_id,
    changes.import_id,
    changes.attempt,
    changes.line,
    attempts.account_id,
    changes.field,
    changes.attribute,
    count(*) filter (where not changes.had_value and changes.has_value) as first_set,
    count(*) filter (where changes.had_value and changes.has_value) as changed,
    count(*) filter (where changes.had_value and not changes.has_value) as cleared,
    attempts.finished_at as attempt_finished_at
from attempts
-- The join goes through the rows, because patient_change is indexed by patient and not by import.
inner join {{ ref('stg_import_rows') }} as rows_of
    on attempts.import_id = rows_of.import_id and attempts.attempt = rows_of.attempt
inner join {{ ref('stg_field_changes') }} as changes
    on
        rows_of.patient_id = changes.patient_id
        and rows_of.import_id = changes.import_id
        and rows_of.attempt = changes.attempt
        and rows_of.line = changes.line
where rows_of.outcome in ('created', 'updated')
group by 1, 2, 3, 4, 5, 6, 7, 11
