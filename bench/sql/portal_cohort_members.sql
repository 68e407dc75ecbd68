-- Every tenth patient.
INSERT INTO patient_cohort (patient_id, item, cohort_id)
SELECT
    id,
    %(cohort)s::text,
    %(cohort)s::uuid
FROM patient
WHERE account_id = %(account)s AND mod(hashtext(id::text), 10) = 0
