-- For each bit of import_row.confirmed: when a file last carried the field of the bit.
SELECT field.bit, max(import.received_at)
FROM import_row
JOIN import ON import_row.import_id = import.id AND NOT import.dry_run
JOIN attempt ON import_row.import_id = attempt.import_id AND import_row.attempt = attempt.number
CROSS JOIN unnest(%(bits)s::bigint[]) AS field (bit)
WHERE
    import_row.patient_id = ANY(%(patients)s)
    AND NOT EXISTS (
        SELECT FROM undone_attempt
        WHERE
            undone_attempt.import_id = import_row.import_id
            AND undone_attempt.attempt = import_row.attempt
    )
    AND import_row.confirmed & field.bit <> 0
    AND attempt.registry_version > %(after_version)s
GROUP BY field.bit
