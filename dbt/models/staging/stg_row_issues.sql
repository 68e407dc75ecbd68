-- Without the message, which quotes cells. The ledger has the column as the file spells it, and a
-- stranger's header is a stranger's text: only what the formats know goes on, by its label.
with source as (

    select * from {{ source('registry', 'row_issue') }}

),

imports as (

    select * from {{ source('registry', 'import') }}

),

renamed as (

    select
        source.import_id,
        source.attempt,
        source.line,
        source.ordinal,
        source.code,
        source.severity::text as severity,
        case
            when source.column_name is not null then coalesce(known.label, 'another column')
        end as column_name
    from source
    inner join imports on source.import_id = imports.id
    left join {{ ref('known_columns') }} as known
        on
            imports.format = known.format
            and regexp_replace(lower(source.column_name), '[^a-z0-9]', '', 'g') = known.folded

)

select * from renamed
