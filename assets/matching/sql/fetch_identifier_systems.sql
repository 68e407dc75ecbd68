-- sqlfluff:dialect:postgres
SELECT patient_identifier.patient_id, patient_identifier.item AS system
FROM wanted_patient
JOIN patient_identifier USING (patient_id)
WHERE patient_identifier.item IN ({systems})
UNION
SELECT patient_alias.patient_id, patient_alias.item
FROM wanted_patient
JOIN patient_alias USING (patient_id)
WHERE patient_alias.item IN ({systems})
