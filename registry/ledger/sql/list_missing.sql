-- Ids begin with the time of the file that brought the patient first: those whom a later file
-- brought are left out.
SELECT patient.id
FROM patient
WHERE patient.account_id = %(account)s
    AND patient.withdrawn IS NOT TRUE
    AND patient.id < %(import)s
    AND NOT EXISTS (
        SELECT FROM import_row
        WHERE import_row.import_id = %(import)s
            AND import_row.attempt = %(attempt)s
            AND import_row.patient_id = patient.id
    )
ORDER BY patient.id
