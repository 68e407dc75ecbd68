UPDATE brought
SET value = earlier.value
FROM (
    SELECT patient, field, item, attribute, arg_min(value, line) AS value
    FROM (
        SELECT 0 AS line, patient, field, item, attribute, value FROM stored_fact
        UNION ALL
        SELECT line, patient, field, item, attribute, value FROM brought WHERE NOT is_lone
    ) AS spelling
    WHERE list_contains($fields, field::VARCHAR)
    GROUP BY ALL
) AS earlier
WHERE
    brought.patient = earlier.patient
    AND brought.field = earlier.field
    AND brought.item = earlier.item
    AND brought.attribute = earlier.attribute
