CREATE OR REPLACE TEMP TABLE stored_person AS
SELECT patient_id, person(first_name, last_name, birth, gender) AS person
FROM stored_name
