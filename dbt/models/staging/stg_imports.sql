-- The file's name and the reason are left out, because both may name a patient.
with source as (

    select * from {{ source('registry', 'import') }}

),

renamed as (

    select
        id as import_id,
        account_id,
        partition_key,
        format,
        source as door,
        sha256,
        byte_count,
        received_at,
        dry_run,
        state
    from source

)

select * from renamed
