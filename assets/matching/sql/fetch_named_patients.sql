-- sqlfluff:dialect:postgres
SELECT wanted_id.value, patient.id AS patient_id
FROM wanted_id
JOIN patient ON patient.account_id = %(account_id)s AND wanted_id.value::uuid = patient.id
