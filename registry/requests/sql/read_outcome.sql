-- The row of a call is the file's only one; the latest attempt counts.
SELECT
    import.state,
    import.reason,
    import_row.outcome,
    import_row.patient_id,
    coalesce(issues.errors, '{}') AS errors,
    coalesce(issues.warnings, '{}') AS warnings
FROM import
LEFT JOIN LATERAL (
    SELECT
        attempt.import_id,
        attempt.number
    FROM attempt
    WHERE attempt.import_id = import.id
    ORDER BY attempt.number DESC
    LIMIT 1
) AS latest ON TRUE
LEFT JOIN import_row
    ON latest.import_id = import_row.import_id AND latest.number = import_row.attempt
LEFT JOIN LATERAL (
    SELECT
        array_agg(message ORDER BY ordinal) FILTER (WHERE severity = 'error') AS errors,
        array_agg(message ORDER BY ordinal) FILTER (WHERE severity = 'warning') AS warnings
    FROM row_issue
    WHERE row_issue.import_id = latest.import_id
        AND row_issue.attempt = latest.number
        AND row_issue.line = import_row.line
) AS issues ON TRUE
WHERE import.account_id = %(account)s AND import.id = %(import)s
