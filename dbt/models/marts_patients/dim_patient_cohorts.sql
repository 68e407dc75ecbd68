select
    items.patient_id,
    patients.account_id,
    items.item,
    items.cohort_id,
    cohorts.cohort
from {{ ref('stg_patient_cohorts') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
left join {{ ref('stg_cohorts') }} as cohorts
    on items.cohort_id = cohorts.cohort_id
