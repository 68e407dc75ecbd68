with source as (

    select * from {{ source('registry', 'import_row') }}

),

renamed as (

    select
        import_id,
        attempt,
        line,
        outcome::text as outcome,
        patient_id
    from source

)

select * from renamed
