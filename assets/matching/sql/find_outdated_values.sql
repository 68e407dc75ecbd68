CREATE OR REPLACE TEMP TABLE outdated_value AS
SELECT
    line,
    field,
    item,
    attribute,
    value,
    arg_max(later_import.partition_key, later_import.ordered_at) AS partition_key,
    any_value(patient) AS patient,
    any_value(bit) AS bit
FROM (
    -- A single field that a later file carried.
    SELECT brought.*, later_field.import_id
    FROM brought
    JOIN later_field
        ON
            brought.patient = later_field.patient::INTEGER
            AND later_field.confirmed::BIGINT & brought.bit <> 0
    UNION ALL
    -- An item of a list that this file clears and a later one carried.
    SELECT brought.*, later_item.import_id
    FROM brought
    JOIN later_item
        ON
            brought.patient = later_item.patient::INTEGER
            AND later_item.hash::INTEGER = item_hash(brought.field, brought.item)
    WHERE brought.value IS NULL AND brought.bit = 0
    UNION ALL
    -- An item that is added to a list which a later file cleared.
    SELECT brought.*, later_item.import_id
    FROM brought
    JOIN later_item
        ON
            brought.patient = later_item.patient::INTEGER
            AND later_item.hash::INTEGER = item_hash(brought.field, '')
    WHERE brought.value IS NOT NULL AND brought.bit = 0
    UNION ALL
    -- A value that a later file took out, or an item that it added to a list that this one clears.
    SELECT brought.*, later_change.import_id
    FROM brought
    JOIN later_change
        ON
            brought.patient = later_change.patient::INTEGER
            AND later_change.address
            = fact_address(brought.field, brought.item, brought.attribute)
    WHERE later_change.is_gone = '1' OR (brought.value IS NULL AND brought.bit = 0)
) AS carried_later
JOIN later_import USING (import_id)
GROUP BY ALL
