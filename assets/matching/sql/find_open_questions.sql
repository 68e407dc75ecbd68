-- Identifiers of one row that lead to several patients, and keys that several patients of the
-- file bring.
CREATE OR REPLACE TEMP TABLE open_question AS
SELECT reference.line
FROM reference
LEFT JOIN assigned ON reference.parent = assigned.line
WHERE list_contains($identifiers::INTEGER[], reference.tier)
GROUP BY reference.line
HAVING count(DISTINCT coalesce(reference.patient_id, assigned.patient_id)) > 1
UNION
SELECT earlier_row.line
FROM earlier_row
JOIN assigned ON earlier_row.first_line = assigned.line
ANTI JOIN stored_choice
    ON earlier_row.line = stored_choice.line AND earlier_row.tier = stored_choice.tier
GROUP BY earlier_row.line, earlier_row.tier
HAVING count(DISTINCT assigned.patient_id) > 1
