UPDATE review
SET state = 'moved', closed_by = %(decision)s
WHERE
    account_id = %(account)s
    AND state = 'open'
    AND %(merged)s IN (patient_id, other_patient_id)
