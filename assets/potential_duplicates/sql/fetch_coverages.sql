-- sqlfluff:dialect:postgres
SELECT
    patient_coverage.patient_id,
    patient_coverage.policy_id
FROM wanted_patient
JOIN patient_coverage ON wanted_patient.patient_id = patient_coverage.patient_id
WHERE patient_coverage.policy_id IS NOT NULL
