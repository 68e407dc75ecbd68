-- sqlfluff:dialect:postgres
SELECT
    patient.name_key,
    patient.id AS patient_id,
    patient.first_name,
    patient.last_name,
    patient.gender,
    patient.birth_date,
    patient.birth_year
FROM wanted_name
JOIN patient
    ON patient.account_id = %(account_id)s AND wanted_name.name_key = patient.name_key
