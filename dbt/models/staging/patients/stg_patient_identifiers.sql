with source as (

    select * from {{ source('registry', 'patient_identifier') }}

),

renamed as (

    select
        patient_id,
        item,
        split_part(item, '/', 1) as system,
        value,
        assigner
    from source

)

select * from renamed
