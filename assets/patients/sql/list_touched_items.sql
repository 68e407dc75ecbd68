SELECT DISTINCT
    matched_patient.patient_id::VARCHAR AS patient_id,
    final_fact.item
FROM final_fact
JOIN matched_patient USING (patient)
WHERE
    final_fact.field = '{part}'
    AND final_fact.attribute <> ''
    AND NOT matched_patient.is_new
