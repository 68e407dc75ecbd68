CREATE OR REPLACE TABLE outcome AS
SELECT
    staged.line,
    CASE
        WHEN row_patient.line IS NULL THEN 'errored'
        WHEN row_patient.patient = row_patient.line THEN 'created'
        WHEN changed.line IS NOT NULL THEN 'updated'
        ELSE 'unchanged'
    END AS outcome,
    row_patient.patient,
    coalesce(carried.confirmed, 0) | coalesce(told_again.confirmed, 0) AS confirmed,
    coalesce(told_again.confirmed_items, items.confirmed_items) AS confirmed_items
FROM staged
LEFT JOIN row_patient USING (line)
LEFT JOIN (SELECT DISTINCT line FROM changed_fact) AS changed USING (line)
LEFT JOIN (
    SELECT line, bit_or(bit) AS confirmed
    FROM carried_bit
    GROUP BY line
) AS carried USING (line)
LEFT JOIN confirmed_item AS items USING (line)
LEFT JOIN told_again USING (line)
