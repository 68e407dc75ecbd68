SELECT
    outcome.line,
    outcome.outcome,
    CASE
        WHEN NOT matched_patient.is_new OR {names_new_patients}
            THEN matched_patient.patient_id::VARCHAR
    END AS patient_id,
    outcome.confirmed,
    outcome.confirmed_items
FROM outcome
LEFT JOIN matched_patient USING (patient)
ORDER BY outcome.line
