-- The stored row of each changed item with the new attributes over it, or a new row.
SELECT merged.*, given.place
FROM (
    SELECT
        patient_id,
        item,
        min(place) AS place,
        jsonb_object_agg(attribute, new)
        || jsonb_build_object(
            'patient_id', patient_id, 'item', item, 'account_id', %(account)s::int
        ) AS columns
    FROM new_value
    WHERE field = %(part)s AND attribute <> ''
    GROUP BY patient_id, item
) AS given
LEFT JOIN {table} AS stored
    ON given.patient_id = stored.patient_id AND given.item = stored.item,
    LATERAL jsonb_populate_record(stored, given.columns) AS merged
