SELECT FROM review
WHERE
    account_id = %(account)s
    AND (patient_id, other_patient_id) IN ((%(one)s, %(other)s), (%(other)s, %(one)s))
FOR UPDATE
