-- Those who are somebody's lookalike were folded already.
CREATE OR REPLACE TEMP TABLE stored_person AS
SELECT
    stored_name.patient_id,
    stored_name.told,
    coalesce(known.person, person(first_name, last_name, birth, gender)) AS person
FROM stored_name
LEFT JOIN (
    SELECT patient_id, any_value(stored_person) AS person
    FROM lookalike
    GROUP BY patient_id
) AS known USING (patient_id)
