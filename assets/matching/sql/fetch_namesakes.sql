-- sqlfluff:dialect:postgres
SELECT
    patient.name_key,
    patient.id AS patient_id,
    patient.first_name,
    patient.last_name,
    patient.gender,
    wanted_name.born
FROM wanted_name
JOIN patient
    ON
        patient.account_id = %(account_id)s
        AND wanted_name.name_key = patient.name_key
        AND wanted_name.born = coalesce(patient.birth_date::text, patient.birth_year::text)
