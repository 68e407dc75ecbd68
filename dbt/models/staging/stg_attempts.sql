-- The column `reason` is left out, because it may quote the file.
with source as (

    select * from {{ source('registry', 'attempt') }}

),

renamed as (

    select
        import_id,
        number as attempt,
        state,
        run_id,
        started_at,
        finished_at,
        fault_code,
        records,
        created,
        updated,
        unchanged,
        errored
    from source

)

select * from renamed
