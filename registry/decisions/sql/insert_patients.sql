INSERT INTO patient (id, account_id, name_key, {columns})
SELECT patient_after.id, patient_after.account_id, new_name_key.name_key, {columns}
FROM patient_after
LEFT JOIN new_name_key ON patient_after.id = new_name_key.id
WHERE patient_after.is_new
