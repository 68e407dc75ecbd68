-- Every tenth patient.
INSERT INTO patient_client_group (patient_id, item, name)
SELECT
    id,
    lower(%(group)s),
    %(group)s
FROM patient
WHERE account_id = %(account)s AND hashtext(id::text) %% 10 = 0
