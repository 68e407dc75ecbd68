with source as (

    select * from {{ source('registry', 'patient_condition') }}

),

renamed as (

    select
        patient_id,
        item,
        code
    from source

)

select * from renamed
