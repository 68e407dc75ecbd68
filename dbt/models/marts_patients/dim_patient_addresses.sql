select
    items.patient_id,
    patients.account_id,
    items.item,
    items.use,
    items.line1,
    items.line2,
    items.city,
    items.state,
    items.postal_code
from {{ ref('stg_patient_addresses') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
