with source as (

    select * from {{ source('registry', 'facility') }}

),

renamed as (

    select
        id as facility_id,
        account_id,
        name as facility,
        created_at
    from source

)

select * from renamed
