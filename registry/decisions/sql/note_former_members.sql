INSERT INTO fact_change (patient_id, address, old, new)
SELECT
    patient.id,
    %(address)s,
    %(cohort)s::text,
    NULL
FROM patient_cohort
JOIN patient ON patient_cohort.patient_id = patient.id
WHERE patient.account_id = %(account)s
    AND patient_cohort.item = %(cohort)s::text
    AND (%(patients)s::uuid[] IS NULL OR patient.id = ANY(%(patients)s))
