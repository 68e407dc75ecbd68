-- Rows that share nothing but an identifier with their patient as the row before left them: first
-- name, last name and birth all differ.
CREATE OR REPLACE TEMP TABLE identity_change AS
WITH known AS (
    SELECT assigned.patient_id, assigned.line, assigned.tier, person.person
    FROM assigned
    JOIN person USING (line)
    UNION ALL
    SELECT patient_id, 0, NULL, person FROM stored_person
),

following AS (
    SELECT *, lag(person) OVER (PARTITION BY patient_id ORDER BY line) AS former
    FROM known
)

SELECT line, patient_id
FROM following
WHERE
    list_contains($identifiers::INTEGER[], tier)
    AND person <> former
    AND split_part(person, '|', 1) <> split_part(former, '|', 1)
    AND split_part(person, '|', 2) <> split_part(former, '|', 2)
    AND split_part(person, '|', 3) <> split_part(former, '|', 3)
