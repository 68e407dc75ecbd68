SELECT {columns}
FROM patient
WHERE
    patient.account_id = %(account)s
    AND patient.id IN (
        SELECT patient_identifier.patient_id
        FROM patient_identifier
        WHERE
            patient_identifier.account_id = %(account)s
            AND patient_identifier.item = ANY(%(systems)s)
            AND patient_identifier.value = ANY(%(spellings)s)
        UNION ALL
        SELECT patient_alias.patient_id
        FROM patient_alias
        WHERE
            patient_alias.account_id = %(account)s
            AND patient_alias.item = ANY(%(systems)s)
            AND patient_alias.value = ANY(%(spellings)s)
    )
ORDER BY patient.last_name, patient.first_name, patient.id
LIMIT %(count)s
