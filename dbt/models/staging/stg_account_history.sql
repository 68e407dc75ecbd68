with source as (

    select * from {{ source('registry', 'account_history') }}

),

renamed as (

    select
        account_id,
        row_number() over (partition by account_id order by valid_from)::integer as version,
        valid_from,
        lead(valid_from) over (partition by account_id order by valid_from) as valid_to,
        name as account,
        format,
        time_zone,
        cadence,
        settings
    from source

)

select * from renamed
