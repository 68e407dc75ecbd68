select
    items.patient_id,
    patients.account_id,
    items.item,
    items.system,
    items.value,
    items.assigner
from {{ ref('stg_patient_identifiers') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
