INSERT INTO fact_change (patient_id, address, old, new)
SELECT
    patient.id,
    %(address)s,
    NULL,
    %(cohort)s::text
FROM patient
WHERE patient.account_id = %(account)s
    AND patient.withdrawn IS NOT TRUE
    AND (%(patients)s::uuid[] IS NULL OR patient.id = ANY(%(patients)s))
    AND NOT EXISTS (
        SELECT FROM patient_cohort
        WHERE patient_cohort.patient_id = patient.id
            AND patient_cohort.item = %(cohort)s::text
    )
