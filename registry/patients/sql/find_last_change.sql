SELECT patient_change.registry_version, patient_change.line
FROM patient
JOIN patient_change ON patient.id = patient_change.patient_id
WHERE patient.account_id = %(account)s AND patient.id = %(patient)s
ORDER BY patient_change.registry_version DESC, patient_change.line DESC
LIMIT 1
