-- Patients whom files created or updated, and whom people changed, since a time and by a door.
SELECT import_row.patient_id
FROM import
JOIN attempt ON import.id = attempt.import_id AND attempt.state IN ('applied', 'finished')
JOIN import_row
    ON attempt.import_id = import_row.import_id AND attempt.number = import_row.attempt
WHERE
    import.account_id = %(account)s
    AND NOT import.dry_run
    AND import_row.outcome IN ('created', 'updated')
    AND (
        %(changed_since)s::timestamptz IS NULL
        OR coalesce(attempt.finished_at, attempt.started_at) >= %(changed_since)s
    )
    AND (%(source)s = '' OR import.source = %(source)s)
UNION
SELECT patient_change.patient_id
FROM change_set
JOIN patient_change ON change_set.id = patient_change.import_id AND patient_change.attempt = 0
WHERE
    change_set.account_id = %(account)s
    AND change_set.attempt = 0
    AND (
        %(changed_since)s::timestamptz IS NULL
        OR patient_change.received_at >= %(changed_since)s
    )
    AND %(source)s IN ('', %(person)s)
