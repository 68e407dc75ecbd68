-- The message of such an issue is `<address><separator><whose value stayed>` (schemas/issues.py).
SELECT
    import_row.line,
    import.received_at,
    import.id AS import_id,
    import.file_name,
    import.source,
    import.partition_key,
    attempt.number AS attempt,
    attempt.run_id,
    split_part(row_issue.message, %(separator)s, 1) AS address,
    split_part(row_issue.message, %(separator)s, 2) AS newer
FROM import_row
JOIN row_issue USING (import_id, attempt, line)
JOIN import ON import_row.import_id = import.id
JOIN attempt ON import_row.import_id = attempt.import_id AND import_row.attempt = attempt.number
WHERE
    import_row.patient_id = %(patient)s
    AND row_issue.code = 'kept_newer_value'
    AND row_issue.message LIKE %(pattern)s
    AND NOT import.dry_run
ORDER BY attempt.started_at DESC, import_row.line ASC, row_issue.ordinal ASC
