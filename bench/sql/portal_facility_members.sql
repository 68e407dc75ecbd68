-- Every tenth patient.
INSERT INTO patient_facility (patient_id, item, facility_id)
SELECT
    id,
    %(facility)s::text,
    %(facility)s::uuid
FROM patient
WHERE account_id = %(account)s AND mod(hashtext(id::text), 10) = 0
