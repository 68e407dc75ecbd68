INSERT INTO {table} ({columns})
SELECT {columns}
FROM item_after
WHERE {condition}
ORDER BY patient_id, place, item
