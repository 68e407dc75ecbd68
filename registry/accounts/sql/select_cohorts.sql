-- Whoever runs this adds conditions.
SELECT
    cohort.id,
    cohort.name,
    cohort.description,
    cohort.color,
    cohort.purpose_of_use,
    coalesce(members.size, 0) AS size
FROM cohort
LEFT JOIN (
    SELECT
        patient_cohort.cohort_id,
        count(*) AS size
    FROM patient_cohort
    JOIN patient ON patient_cohort.patient_id = patient.id
    WHERE patient.account_id = %(account)s AND patient.withdrawn IS NOT TRUE
    GROUP BY patient_cohort.cohort_id
) AS members ON cohort.id = members.cohort_id
WHERE cohort.account_id = %(account)s AND cohort.removed_at IS NULL
