SELECT DISTINCT ON (import_row.patient_id)
    import_row.patient_id,
    import_row.attempt,
    import_row.line
FROM change_set
JOIN import ON change_set.id = import.id AND change_set.account_id = import.account_id
JOIN import_row ON change_set.id = import_row.import_id AND change_set.attempt = import_row.attempt
JOIN patient ON import_row.patient_id = patient.id AND import.account_id = patient.account_id
WHERE import.id = %(import_id)s
    AND (change_set.searched_at IS NULL OR %(again)s)
    AND import_row.outcome IN ('created', 'updated')
    AND NOT EXISTS (
        SELECT FROM undone_attempt
        WHERE undone_attempt.import_id = change_set.id
            AND undone_attempt.attempt = change_set.attempt
    )
ORDER BY import_row.patient_id ASC, import_row.attempt DESC, import_row.line DESC
