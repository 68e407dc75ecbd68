-- Stored patients whose scalars stay: those who change otherwise, and those whom the file told in
-- other words.
SELECT
    matched_patient.patient_id::VARCHAR AS id,
    told.digest::VARCHAR AS told
FROM matched_patient
LEFT JOIN told USING (patient)
WHERE
    NOT matched_patient.is_new
    AND (told.patient IS NOT NULL OR matched_patient.patient IN (SELECT patient FROM changed_fact))
    AND matched_patient.patient NOT IN (SELECT patient FROM followed_fact WHERE attribute = '')
ORDER BY matched_patient.patient_id
