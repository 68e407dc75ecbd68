SELECT item, value
FROM patient_alias
WHERE account_id = %(account)s AND patient_id = %(patient)s
ORDER BY item, value
