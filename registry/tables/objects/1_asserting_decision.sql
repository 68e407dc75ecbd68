-- Decisions that assert values and are in force: who a patient is, unless the question was opened
-- again, and corrections that nobody took back. All other decisions move values.
CREATE OR REPLACE VIEW asserting_decision WITH (security_invoker = TRUE) AS
SELECT
    decision.id,
    decision.patient_id
FROM decision
WHERE
    decision.kind = 'correction'
    AND NOT EXISTS (
        SELECT FROM decision AS taking_back
        WHERE taking_back.undone_decision_id = decision.id
    )
UNION ALL
SELECT
    identity_review.closed_by,
    identity_review.patient_id
FROM identity_review
WHERE identity_review.closed_by IS NOT NULL;
