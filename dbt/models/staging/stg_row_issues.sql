-- The message is left out, because it quotes cells, and the header as the file spells it, because
-- it may be a value of a patient. `slot` is the format's own name of the column.
with source as (

    select * from {{ source('registry', 'row_issue') }}

),

renamed as (

    select
        import_id,
        attempt,
        line,
        ordinal,
        code,
        severity::text as severity,
        column_name is not null as is_about_a_column,
        slot
    from source

)

select * from renamed
