with source as (

    select * from {{ source('registry', 'patient_enrolment') }}

),

renamed as (

    select
        patient_id,
        item,
        item as program,
        enrolled_on
    from source

)

select * from renamed
