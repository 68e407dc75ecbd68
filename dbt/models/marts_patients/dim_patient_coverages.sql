select
    items.patient_id,
    patients.account_id,
    items.item,
    items.rank,
    items.payer,
    items.policy_id
from {{ ref('stg_patient_coverages') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
