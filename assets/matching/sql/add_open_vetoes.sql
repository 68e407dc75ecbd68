-- Rows matched by name that bring an identifier where their patient has one by then.
INSERT INTO open_question
WITH bringer AS (
    SELECT assigned.patient_id, assigned.line, assigned.tier
    FROM assigned
    JOIN row_key ON assigned.line = row_key.line AND row_key.tier = $tier
),

first_holder AS (
    SELECT patient_id, min(line) AS line
    FROM (
        SELECT patient_id, 0 AS line
        FROM stored_identifier
        WHERE system = $system
        UNION ALL
        SELECT patient_id, line FROM bringer
    ) AS holder
    GROUP BY patient_id
)

SELECT bringer.line
FROM bringer
JOIN first_holder USING (patient_id)
WHERE first_holder.line < bringer.line AND bringer.tier = $demographic_tier
