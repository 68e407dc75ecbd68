select
    items.patient_id,
    patients.account_id,
    items.item,
    items.client_group
from {{ ref('stg_patient_client_groups') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
