DELETE FROM copied.features
WHERE patient_id IN (SELECT patient_id::UUID FROM wanted)
