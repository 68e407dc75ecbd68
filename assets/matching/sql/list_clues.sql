WITH entangled AS (
    SELECT person.line, {new_id} AS would_be_id
    FROM person
    SEMI JOIN entangled_row USING (line)
),

clue AS (
    SELECT line, tier, value, NULL AS patient_id FROM row_key
    UNION ALL
    SELECT line, tier, NULL, patient_id FROM stored_choice
)

SELECT line, entangled.would_be_id, clue.tier, clue.value, clue.patient_id
FROM entangled
LEFT JOIN clue USING (line)
ORDER BY line, clue.tier, clue.value
