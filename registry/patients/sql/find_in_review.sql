SELECT review.patient_id
FROM review
WHERE review.account_id = %(account)s AND review.state = 'open'
UNION
SELECT review.other_patient_id
FROM review
WHERE review.account_id = %(account)s AND review.state = 'open'
UNION
SELECT identity_review.patient_id
FROM identity_review
WHERE identity_review.account_id = %(account)s AND identity_review.state = 'open'
