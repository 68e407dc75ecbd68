select
    items.patient_id,
    patients.account_id,
    items.item,
    items.code
from {{ ref('stg_patient_conditions') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
