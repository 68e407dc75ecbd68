UPDATE patient
SET
    ({columns}, name_key, told)
    = ({new_values}, coalesce(new_name_key.name_key, patient.name_key), NULL)
FROM patient_after
LEFT JOIN new_name_key ON patient_after.id = new_name_key.id
WHERE patient.id = patient_after.id AND NOT patient_after.is_new
