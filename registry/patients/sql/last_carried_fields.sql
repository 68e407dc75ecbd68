-- For each bit of import_row.confirmed: when a file last carried the field that the bit stands for.
-- A file that carried another value, which a newer one kept out, does not assert the one that is
-- there.
SELECT field.bit, max(import.ordered_at)
FROM import_row
JOIN import ON import_row.import_id = import.id AND NOT import.dry_run
JOIN attempt ON import_row.import_id = attempt.import_id AND import_row.attempt = attempt.number
CROSS JOIN unnest(%(bits)s::bigint[], %(addresses)s::text[]) AS field (bit, address)
WHERE
    import_row.patient_id = ANY(%(patients)s)
    AND NOT EXISTS (
        SELECT FROM undone_attempt
        WHERE
            undone_attempt.import_id = import_row.import_id
            AND undone_attempt.attempt = import_row.attempt
    )
    AND import_row.confirmed & field.bit <> 0
    AND NOT EXISTS (
        SELECT FROM refused_value
        WHERE
            refused_value.patient_id = import_row.patient_id
            AND refused_value.import_id = import_row.import_id
            AND refused_value.attempt = import_row.attempt
            AND refused_value.refused -> field.address IS NOT NULL
    )
    AND attempt.registry_version > %(after_version)s
GROUP BY field.bit
