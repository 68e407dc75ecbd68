-- Who undid it is left out, because it is a person's address.
with source as (

    select * from {{ source('registry', 'decision') }}

),

renamed as (

    select
        id as undo_id,
        import_id,
        attempt as up_to_attempt,
        decided_at as undone_at
    from source
    where kind = 'undo'

)

select * from renamed
