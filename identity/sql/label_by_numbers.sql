-- Pairs who have a number in common that two people do not share by chance, and the birth year,
-- because a couple may share an e-mail address.
CREATE OR REPLACE TEMP TABLE same_person AS
WITH numbered AS (
    SELECT patient_id, birth_year, unnest(key_ssn) AS key FROM {features}
    UNION ALL
    SELECT patient_id, birth_year, unnest(key_mbi) AS key FROM {features}
    UNION ALL
    SELECT patient_id, birth_year, unnest(key_email) AS key FROM {features}
)

SELECT DISTINCT one.patient_id, other.patient_id AS other_patient_id
FROM numbered AS one
JOIN numbered AS other
    ON
        one.key = other.key
        AND one.birth_year = other.birth_year
        AND one.patient_id < other.patient_id
