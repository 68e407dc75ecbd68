with source as (

    select * from {{ source('registry', 'cohort') }}

),

renamed as (

    select
        id as cohort_id,
        account_id,
        name as cohort,
        created_at
    from source

)

select * from renamed
