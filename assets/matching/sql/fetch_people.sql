-- sqlfluff:dialect:postgres
SELECT
    patient.id AS patient_id,
    patient.first_name,
    patient.last_name,
    coalesce(patient.birth_date::text, patient.birth_year::text) AS birth,
    patient.gender,
    patient.told
FROM wanted_patient
JOIN patient ON wanted_patient.patient_id = patient.id
