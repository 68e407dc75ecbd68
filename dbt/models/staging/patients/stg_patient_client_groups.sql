with source as (

    select * from {{ source('registry', 'patient_client_group') }}

),

renamed as (

    select
        patient_id,
        item,
        name as client_group
    from source

)

select * from renamed
