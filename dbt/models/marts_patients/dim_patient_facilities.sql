select
    items.patient_id,
    patients.account_id,
    items.item,
    items.facility_id,
    facilities.facility
from {{ ref('stg_patient_facilities') }} as items
inner join {{ ref('stg_patients') }} as patients on items.patient_id = patients.patient_id
left join {{ ref('stg_facilities') }} as facilities
    on items.facility_id = facilities.facility_id
