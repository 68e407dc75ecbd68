-- Pairs who have a number in common that two people do not share by chance, and the birth year,
-- because a couple may share an e-mail address. A number of many is nobody's own.
CREATE OR REPLACE TEMP TABLE same_person AS
WITH numbered AS (
    SELECT features.patient_id, features.birth_year, patient_key.rule, patient_key.key
    FROM copied.patient_key
    JOIN copied.features USING (number)
    WHERE patient_key.rule IN ('ssn', 'mbi', 'email')
),

own AS (
    SELECT rule, key
    FROM numbered
    GROUP BY ALL
    HAVING count(*) BETWEEN 2 AND $most_holders
)

SELECT DISTINCT one.patient_id, other.patient_id AS other_patient_id
FROM numbered AS one
SEMI JOIN own USING (rule, key)
JOIN numbered AS other
    ON
        one.rule = other.rule
        AND one.key = other.key
        AND one.birth_year = other.birth_year
        AND one.patient_id < other.patient_id
ORDER BY hash(one.patient_id), one.patient_id, other.patient_id
LIMIT $most_pairs
