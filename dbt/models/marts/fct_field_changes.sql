{{ config(
    materialized='incremental',
    incremental_strategy='append',
    indexes=[
        {
            'columns': ['import_id', 'attempt', 'line', 'patient_id', 'field', 'attribute'],
            'unique': true,
        },
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
inner join {{ ref('stg_field_changes') }} as changes
    on attempts.import_id = changes.import_id and attempts.attempt = changes.attempt
group by 1, 2, 3, 4, 5, 6, 7, 11
