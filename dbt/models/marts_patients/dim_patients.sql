with identifiers as (

    select
        patient_id,
        max(value) filter (where item = 'external') as external_id,
        max(value) filter (where item = 'ehr') as ehr_id,
        max(value) filter (where item = 'mbi') as medicare_id,
        max(value) filter (where item = 'internal') as internal_id
    from {{ ref('stg_patient_identifiers') }}
    group by patient_id

),

homes as (

    select *
    from {{ ref('stg_patient_addresses') }}
    where item = 'home'

)

select
    patients.patient_id,
    patients.account_id,
    accounts.account,
    patients.first_name,
    patients.last_name,
    patients.birth_date,
    patients.birth_year,
    patients.gender,
    patients.language,
    patients.care_manager_first_name,
    patients.care_manager_last_name,
    patients.physician_first_name,
    patients.physician_last_name,
    patients.department,
    patients.risk_level,
    patients.risk_score,
    patients.hie_opt_out,
    patients.withdrawn,
    identifiers.external_id,
    identifiers.ehr_id,
    identifiers.medicare_id,
    identifiers.internal_id,
    homes.city as home_city,
    homes.state as home_state,
    homes.postal_code as home_postal_code
from {{ ref('stg_patients') }} as patients
inner join {{ ref('stg_accounts') }} as accounts on patients.account_id = accounts.account_id
left join identifiers on patients.patient_id = identifiers.patient_id
left join homes on patients.patient_id = homes.patient_id
