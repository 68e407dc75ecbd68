with source as (

    select * from {{ source('registry', 'patient_facility') }}

),

renamed as (

    select
        patient_id,
        item,
        facility_id
    from source

)

select * from renamed
