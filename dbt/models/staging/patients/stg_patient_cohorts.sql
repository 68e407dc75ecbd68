with source as (

    select * from {{ source('registry', 'patient_cohort') }}

),

renamed as (

    select
        patient_id,
        item,
        cohort_id
    from source

)

select * from renamed
