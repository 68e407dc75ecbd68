DELETE FROM value_to_restore
USING affected_patient
WHERE
    affected_patient.patient_id = value_to_restore.patient_id
    AND affected_patient.remains
    AND value_to_restore.address = ANY(%(required)s)
    AND value_to_restore.new IS NULL
