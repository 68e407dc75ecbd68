-- The message is left out, because it quotes cells. The ledger contains the header as the file
-- spells it, which may be a value of a patient, so only the format's label is taken.
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
            and source.slot = known.slot

)

select * from renamed
