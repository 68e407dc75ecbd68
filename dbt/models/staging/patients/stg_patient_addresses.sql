with source as (

    select * from {{ source('registry', 'patient_address') }}

),

renamed as (

    select
        patient_id,
        item,
        split_part(item, '/', 1) as use,
        line1,
        line2,
        city,
        state,
        postal_code
    from source

)

select * from renamed
