-- sqlfluff:dialect:postgres
SELECT
    patient_identifier.patient_id,
    patient_identifier.item,
    patient_identifier.value
FROM wanted_patient
JOIN patient_identifier ON wanted_patient.patient_id = patient_identifier.patient_id
UNION
SELECT
    patient_alias.patient_id,
    patient_alias.item,
    patient_alias.value
FROM wanted_patient
JOIN patient_alias ON wanted_patient.patient_id = patient_alias.patient_id
WHERE patient_alias.account_id = %(account_id)s
