-- sqlfluff:dialect:postgres
-- A row that fails every night asks once; and never again after a person judged it wrong.
INSERT INTO identity_review (
    patient_id, account_id, import_id, attempt, line, is_applied, person, facts
)
SELECT DISTINCT ON (patient_id, person, CASE WHEN is_applied THEN line END)
    patient_id,
    %(account_id)s,
    %(import_id)s,
    %(attempt)s,
    line,
    is_applied,
    person,
    facts
FROM found_question
WHERE
    is_applied
    OR NOT EXISTS (
        SELECT FROM identity_review AS known
        WHERE
            known.patient_id = found_question.patient_id
            AND known.person = found_question.person
            AND NOT known.is_applied
            AND known.state IN ('open', 'wrong')
    )
ORDER BY patient_id, person, CASE WHEN is_applied THEN line END, line
