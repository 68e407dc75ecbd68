with source as (

    select * from {{ source('registry', 'attempt_stage') }}

),

renamed as (

    select
        import_id,
        attempt,
        stage,
        started_at,
        seconds
    from source

)

select * from renamed
