SELECT account_id
FROM review
WHERE %(patient)s IN (patient_id, other_patient_id)
LIMIT 1 -- noqa: AM09
