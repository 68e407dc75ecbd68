-- sqlfluff:dialect:postgres
INSERT INTO review (
    patient_id, other_patient_id, account_id, reason, import_id, attempt, line
)
SELECT
    patient_id,
    other_patient_id,
    %(account_id)s,
    reason,
    %(import_id)s,
    %(attempt)s,
    line
FROM found_pair
ON CONFLICT DO NOTHING
