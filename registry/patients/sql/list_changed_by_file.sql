-- By line. Of several lines about a patient the last counts, and nothing may have changed the
-- patient since.
SELECT
    {columns},
    import.received_at AS changed_at
FROM import_row
JOIN import ON import_row.import_id = import.id
JOIN patient ON import_row.patient_id = patient.id
WHERE
    import_row.import_id = %(set)s
    AND import_row.attempt = %(attempt)s
    AND import_row.line > %(after_line)s
    AND import_row.outcome IN ('created', 'updated')
    AND {conditions}
    AND NOT EXISTS (
        SELECT FROM patient_change
        WHERE
            patient_change.patient_id = import_row.patient_id
            AND (patient_change.registry_version, patient_change.line)
            > (%(version)s, import_row.line)
    )
ORDER BY import_row.line
LIMIT %(count)s
