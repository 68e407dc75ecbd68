WITH RECURSIVE merged AS (
    SELECT review.patient_id
    FROM review
    WHERE
        review.account_id = %(account)s
        AND review.other_patient_id = %(patient)s
        AND review.state = 'same'
    UNION ALL
    SELECT review.patient_id
    FROM merged
    JOIN review ON merged.patient_id = review.other_patient_id AND review.state = 'same'
)

SELECT patient_id FROM merged ORDER BY patient_id
