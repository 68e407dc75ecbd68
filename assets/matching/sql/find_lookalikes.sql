-- Where both spell the person alike, nothing is folded again.
CREATE OR REPLACE TEMP TABLE lookalike AS
SELECT
    line,
    person,
    patient_id,
    CASE
        WHEN spelling = spelling(first_name, last_name, birth, gender) THEN person
        ELSE person(first_name, last_name, birth, gender)
    END AS stored_person
FROM (
    SELECT
        person.line,
        person.person,
        person.spelling,
        namesake.patient_id,
        namesake.first_name,
        namesake.last_name,
        namesake.born AS birth,
        namesake.gender
    FROM person
    JOIN namesake
        ON person.name_key = namesake.name_key::BIGINT AND person.born = namesake.born
) AS resembling
