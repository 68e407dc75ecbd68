with source as (

    select * from {{ source('registry', 'patient') }}

),

renamed as (

    select
        id as patient_id,
        account_id,
        first_name,
        last_name,
        birth_date,
        birth_year,
        gender,
        language,
        care_manager_first_name,
        care_manager_last_name,
        physician_first_name,
        physician_last_name,
        department,
        risk_level,
        risk_score::numeric(18, 6) as risk_score,
        hie_opt_out,
        withdrawn
    from source

)

select * from renamed
