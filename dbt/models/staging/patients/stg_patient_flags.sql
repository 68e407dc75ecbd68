with source as (

    select * from {{ source('registry', 'patient_flag') }}

),

renamed as (

    select
        patient_id,
        item,
        name as flag
    from source

)

select * from renamed
