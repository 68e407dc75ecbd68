-- For each hash in import_row.confirmed_items: when a file last carried the item of that hash.
SELECT carried.item, max(import.ordered_at)
FROM import_row
JOIN import ON import_row.import_id = import.id AND NOT import.dry_run
JOIN attempt ON import_row.import_id = attempt.import_id AND import_row.attempt = attempt.number
CROSS JOIN unnest(import_row.confirmed_items) AS carried (item)
WHERE
    import_row.patient_id = ANY(%(patients)s)
    AND NOT EXISTS (
        SELECT FROM undone_attempt
        WHERE
            undone_attempt.import_id = import_row.import_id
            AND undone_attempt.attempt = import_row.attempt
    )
    AND attempt.registry_version > %(after_version)s
GROUP BY carried.item
