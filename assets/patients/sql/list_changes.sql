SELECT
    matched_patient.patient_id::VARCHAR AS patient_id,
    change.line,
    change.changes
FROM change
JOIN matched_patient USING (patient)
ORDER BY matched_patient.patient_id, change.line
