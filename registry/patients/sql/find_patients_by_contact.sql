-- A phone number is stored as E.164 and typed in many ways, so its digits need only be the end.
SELECT {columns}
FROM patient
WHERE
    patient.account_id = %(account)s
    AND patient.id IN (
        SELECT patient_contact.patient_id
        FROM patient_contact
        WHERE
            (
                %(email)s <> ''
                AND patient_contact.item LIKE 'email/%%'
                AND lower(patient_contact.value) = %(email)s
            )
            OR (
                %(digits)s <> ''
                AND patient_contact.item LIKE 'phone/%%'
                AND patient_contact.value LIKE '%%' || %(digits)s
            )
    )
ORDER BY patient.last_name, patient.first_name, patient.id
LIMIT %(count)s
