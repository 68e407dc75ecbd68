-- Every tenth patient.
INSERT INTO patient_client_group (patient_id, item, name)
SELECT
    id,
    lower(%(name)s),
    %(name)s
FROM patient
WHERE account_id = %(account)s AND mod(hashtext(id::text), 10) = 0
