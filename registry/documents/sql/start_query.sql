-- The query of the last import that had the patient in it and is over: entered, or begun anew.
INSERT INTO document_query (import_id, attempt, patient_id, account_id, state)
SELECT
    import_row.import_id,
    import_row.attempt,
    import_row.patient_id,
    import.account_id,
    'processing'
FROM import_row
JOIN attempt
    ON import_row.import_id = attempt.import_id
        AND import_row.attempt = attempt.number
        AND attempt.state = 'finished'
JOIN import
    ON import_row.import_id = import.id
        AND import.account_id = %(account)s
        AND import.state = 'completed'
        AND NOT import.dry_run
        AND import.format = ANY(%(formats)s)
WHERE import_row.patient_id = %(patient)s
ORDER BY import.ordered_at DESC, import_row.attempt DESC, import_row.line DESC
LIMIT 1
ON CONFLICT (import_id, attempt, patient_id) DO UPDATE
    SET
        state = 'processing',
        tries = 0,
        next_try_at = now(),
        reason = NULL,
        found = NULL,
        planned_at = now(),
        settled_at = NULL
RETURNING import_id
