-- A patient from the middle who has all that one can search for.
SELECT
    patient.id,
    patient.last_name || ' ' || patient.first_name AS name,
    patient.birth_date,
    patient.department,
    identifier.value AS ehr_id,
    email.value AS email,
    phone.value AS phone
FROM patient
JOIN patient_identifier AS identifier
    ON patient.id = identifier.patient_id AND identifier.item = 'ehr'
JOIN patient_contact AS email ON patient.id = email.patient_id AND email.item LIKE 'email/%%'
JOIN patient_contact AS phone ON patient.id = phone.patient_id AND phone.item LIKE 'phone/%%'
WHERE patient.account_id = %(account)s AND patient.department IS NOT NULL
ORDER BY patient.id DESC
LIMIT 1
