-- A patient who is changed has been told something else since a row that changed nothing.
UPDATE patient
SET told = NULL
FROM (
    SELECT patient_id FROM fact_change
    EXCEPT
    SELECT patient_id FROM removed_patient
) AS changed
WHERE patient.id = changed.patient_id AND patient.told IS NOT NULL
