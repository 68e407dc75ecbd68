with source as (

    select * from {{ source('registry', 'patient_note') }}

),

renamed as (

    select
        patient_id,
        item,
        body as note
    from source

)

select * from renamed
