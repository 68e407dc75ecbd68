-- sqlfluff:dialect:postgres
SELECT
    patient.id AS patient_id,
    patient.first_name,
    patient.last_name,
    patient.birth_date,
    patient.birth_year,
    patient.gender
FROM wanted_patient
JOIN patient ON wanted_patient.patient_id = patient.id
WHERE patient.account_id = %(account_id)s
