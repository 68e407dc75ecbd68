-- A phone number is stored as E.164 and typed in many ways, so its digits need only be the end.
SELECT {columns}
FROM patient
WHERE
    patient.account_id = %(account)s
    AND patient.id IN (SELECT own_patients_with_contact(%(email)s, %(digits)s))
ORDER BY patient.last_name, patient.first_name, patient.id
LIMIT %(count)s
