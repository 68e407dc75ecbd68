-- sqlfluff:dialect:postgres
-- A patient of whom only a year is known is a row's only if the row has no more than that year.
SELECT
    wanted_name.name_key,
    patient.id AS patient_id,
    patient.first_name,
    patient.last_name,
    patient.gender,
    wanted_name.born
FROM wanted_name
JOIN patient
    ON
        patient.account_id = %(account_id)s
        AND wanted_name.birth_date = patient.birth_date
        AND wanted_name.name_key = patient.name_key
UNION ALL
SELECT
    wanted_name.name_key,
    patient.id AS patient_id,
    patient.first_name,
    patient.last_name,
    patient.gender,
    wanted_name.born
FROM wanted_name
JOIN patient
    ON
        patient.account_id = %(account_id)s
        AND patient.birth_date IS NULL
        AND wanted_name.name_key = patient.name_key
        AND wanted_name.born = patient.birth_year::text
WHERE wanted_name.birth_date IS NULL
