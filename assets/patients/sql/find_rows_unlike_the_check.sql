-- The check names no patient that it would create, so those are not compared.
WITH decided AS (
    SELECT
        outcome.line,
        outcome.outcome,
        CASE
            WHEN NOT matched_patient.is_new THEN matched_patient.patient_id::VARCHAR
        END AS patient_id
    FROM outcome
    LEFT JOIN matched_patient USING (patient)
),

checked AS (
    SELECT line::INTEGER AS line, outcome, patient_id
    FROM checked_row
)

SELECT line
FROM decided
FULL JOIN checked USING (line)
WHERE
    decided.outcome::VARCHAR IS DISTINCT FROM checked.outcome::VARCHAR
    OR decided.patient_id IS DISTINCT FROM checked.patient_id::VARCHAR
ORDER BY line
