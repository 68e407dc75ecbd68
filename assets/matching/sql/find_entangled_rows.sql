-- Rows that share a key or a stored patient with another row.
CREATE OR REPLACE TEMP TABLE entangled_row AS
WITH shared_patient AS (
    SELECT patient_id
    FROM stored_choice
    GROUP BY patient_id
    HAVING count(DISTINCT line) > 1
)

SELECT line FROM open_question
UNION
SELECT line FROM repeated_key
UNION
SELECT line
FROM stored_choice
SEMI JOIN shared_patient USING (patient_id)
