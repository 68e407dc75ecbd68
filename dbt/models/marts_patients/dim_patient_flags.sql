select
    items.patient_id,
    patients.account_id,
    items.item,
    items.flag
from {{ ref('stg_patient_flags') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
