select
    items.patient_id,
    patients.account_id,
    items.item,
    items.program,
    items.enrolled_on
from {{ ref('stg_patient_enrolments') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
