CREATE OR REPLACE TEMP TABLE lookalike AS
SELECT
    person.line,
    person.person,
    namesake.patient_id,
    person(
        namesake.first_name,
        namesake.last_name,
        coalesce(namesake.birth_date, namesake.birth_year),
        namesake.gender
    ) AS stored_person
FROM person
JOIN namesake ON person.name_key = namesake.name_key::BIGINT
