-- The oldest of the patients who hold the identifier, or have it from a patient who was merged in.
SELECT patient.id
FROM (
    SELECT patient_id
    FROM patient_identifier
    WHERE account_id = %(account)s AND item = 'external' AND value = %(external)s
    UNION ALL
    SELECT patient_id
    FROM patient_alias
    WHERE account_id = %(account)s AND item = 'external' AND value = %(external)s
) AS holder
JOIN patient ON holder.patient_id = patient.id
WHERE patient.account_id = %(account)s AND patient.withdrawn IS NOT TRUE
ORDER BY patient.id
LIMIT 1
