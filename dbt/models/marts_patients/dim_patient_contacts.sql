select
    items.patient_id,
    patients.account_id,
    items.item,
    items.system,
    items.use,
    items.value
from {{ ref('stg_patient_contacts') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
