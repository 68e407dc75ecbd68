with source as (

    select * from {{ source('registry', 'patient_coverage') }}

),

renamed as (

    select
        patient_id,
        item,
        item as rank,
        payer,
        policy_id
    from source

)

select * from renamed
