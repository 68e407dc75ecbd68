UPDATE patient
SET name_key = renewed_key.name_key
FROM renewed_key
WHERE patient.id = renewed_key.patient_id
