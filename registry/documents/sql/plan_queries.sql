-- One query for each patient whom the import created or updated, but for those who are opted
-- out or deleted.
-- They are entered in the order of the indexes, which is also the order in which they are sent.
INSERT INTO document_query (import_id, attempt, patient_id, account_id, state)
SELECT DISTINCT
    import_row.import_id,
    import_row.attempt,
    import_row.patient_id,
    patient.account_id,
    %(state)s
FROM import_row
JOIN attempt
    ON import_row.import_id = attempt.import_id
        AND import_row.attempt = attempt.number
        AND attempt.state = 'finished'
JOIN patient ON import_row.patient_id = patient.id
WHERE import_row.import_id = %(import_id)s
    AND import_row.outcome IN ('created', 'updated')
    AND (patient.hie_opt_out OR patient.withdrawn) IS NOT TRUE
ORDER BY import_row.attempt, import_row.patient_id
ON CONFLICT DO NOTHING
