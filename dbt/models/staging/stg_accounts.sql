with source as (

    select * from {{ source('registry', 'account') }}

),

renamed as (

    select
        id as account_id,
        name as account,
        format,
        time_zone,
        cadence,
        created_at
    from source

)

select * from renamed
