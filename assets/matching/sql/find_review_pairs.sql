-- Pairs that a person must judge: new patients who resemble another one.
CREATE OR REPLACE TABLE review_pair AS
WITH made AS (
    SELECT line, patient_id
    FROM assigned
    WHERE root = line
),

vetoed AS (
    SELECT line, patient_id FROM vetoed_hit
    UNION ALL
    SELECT line, patient_id FROM vetoed_match
),

first_namesake AS (
    SELECT person.person, arg_min(made.patient_id, made.line) AS patient_id, min(made.line) AS line
    FROM made
    JOIN person USING (line)
    GROUP BY person.person
),

pair AS (
    SELECT
        made.patient_id,
        vetoed.patient_id AS other_patient_id,
        'identifier_differs' AS reason,
        line
    FROM made
    JOIN vetoed USING (line)
    UNION ALL
    SELECT made.patient_id, lookalike.patient_id AS other_patient_id, 'same_name_and_birth', line
    FROM made
    JOIN lookalike USING (line)
    WHERE lookalike.person = lookalike.stored_person
    UNION ALL
    SELECT
        made.patient_id,
        first_namesake.patient_id AS other_patient_id,
        'same_name_and_birth',
        made.line
    FROM made
    JOIN person USING (line)
    JOIN first_namesake
        ON person.person = first_namesake.person AND made.line > first_namesake.line
)

SELECT patient_id, other_patient_id, min(reason) AS reason, min(line) AS line
FROM pair
WHERE patient_id <> other_patient_id
GROUP BY patient_id, other_patient_id
