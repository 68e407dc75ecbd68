SELECT {columns}
FROM patient
WHERE
    patient.account_id = %(account)s
    AND patient.id IN (
        SELECT patient_client_group.patient_id
        FROM patient_client_group
        WHERE patient_client_group.item = lower(%(text)s)
    )
ORDER BY patient.last_name, patient.first_name, patient.id
LIMIT %(count)s
