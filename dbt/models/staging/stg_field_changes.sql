-- The fields that a row changed, without the values. The key of a change is field/item/attribute,
-- or the field alone. The item is left out, because it may be a phone number.
with source as (

    select * from {{ source('registry', 'full_change') }}

),

renamed as (

    select
        source.patient_id,
        source.import_id,
        source.attempt,
        source.line,
        fact.ordinal::integer as ordinal,
        split_part(fact.key, '/', 1) as field,
        case when position('/' in fact.key) > 0 then split_part(fact.key, '/', -1) else '' end
            as attribute,
        json_typeof(fact.value -> 0) <> 'null' as had_value,
        json_typeof(fact.value -> 1) <> 'null' as has_value
    from source
    cross join json_each(source.changes) with ordinality as fact (key, value, ordinal)

)

select * from renamed
