with source as (

    select * from {{ source('registry', 'patient_medication') }}

),

renamed as (

    select
        patient_id,
        item,
        name as medication
    from source

)

select * from renamed
