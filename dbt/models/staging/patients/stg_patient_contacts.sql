with source as (

    select * from {{ source('registry', 'patient_contact') }}
    -- which phone number and email address were given as one contact: both have a row of their own
    where item not like 'together/%'

),

renamed as (

    select
        patient_id,
        item,
        split_part(item, '/', 1) as system,
        case
            when split_part(item, '/', 2) in ('home', 'mobile', 'work', 'main')
                then split_part(item, '/', 2)
        end as use,
        value
    from source

)

select * from renamed
