-- sqlfluff:dialect:postgres
SELECT
    patient_address.patient_id,
    patient_address.item,
    patient_address.line1,
    patient_address.line2,
    patient_address.city,
    patient_address.state,
    patient_address.postal_code
FROM wanted_patient
JOIN patient_address ON wanted_patient.patient_id = patient_address.patient_id
