-- sqlfluff:dialect:postgres
SELECT
    patient_contact.patient_id,
    split_part(patient_contact.item, '/', 1) AS kind,
    patient_contact.value
FROM wanted_patient
JOIN patient_contact ON wanted_patient.patient_id = patient_contact.patient_id
