-- Without the message, which quotes cells. The column stands there as the file spells it, and a
-- stranger's header is a stranger's text: only what fct_row_issues recognises goes on.
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
        regexp_replace(lower(column_name), '[^a-z0-9]', '', 'g') as folded_column
    from source

)

select * from renamed
