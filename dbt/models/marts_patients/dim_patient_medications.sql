select
    items.patient_id,
    patients.account_id,
    items.item,
    items.medication
from {{ ref('stg_patient_medications') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
