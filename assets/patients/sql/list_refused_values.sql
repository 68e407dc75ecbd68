SELECT
    matched_patient.patient_id::VARCHAR AS patient_id,
    refused_value.refused
FROM refused_value
JOIN matched_patient USING (patient)
ORDER BY matched_patient.patient_id
