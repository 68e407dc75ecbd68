DELETE FROM copied.patient_key
WHERE number IN (
        SELECT number FROM copied.features
        WHERE patient_id IN (SELECT patient_id::UUID FROM wanted)
    )
