-- Patients whom the import created or updated, as in plan_queries.sql, and who have no query.
SELECT count(*)
FROM import_row
JOIN attempt
    ON import_row.import_id = attempt.import_id
        AND import_row.attempt = attempt.number
        AND attempt.state = 'finished'
JOIN patient ON import_row.patient_id = patient.id
WHERE import_row.import_id = %(import_id)s
    AND import_row.outcome IN ('created', 'updated')
    AND (patient.hie_opt_out OR patient.withdrawn) IS NOT TRUE
    AND NOT EXISTS (
        SELECT FROM document_query
        WHERE (document_query.import_id, document_query.attempt, document_query.patient_id)
            = (import_row.import_id, import_row.attempt, import_row.patient_id)
    )
