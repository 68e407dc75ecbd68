-- Merges may follow one another (C into B, B into A), so the chain is followed to its end.
WITH RECURSIVE merged AS (
    SELECT review.other_patient_id AS patient_id
    FROM review
    WHERE
        review.account_id = %(account)s
        AND review.patient_id = %(patient)s
        AND review.state = 'same'
    UNION ALL
    SELECT review.other_patient_id
    FROM merged
    JOIN review ON merged.patient_id = review.patient_id AND review.state = 'same'
)

SELECT merged.patient_id
FROM merged
WHERE
    NOT EXISTS (
        SELECT FROM review
        WHERE review.patient_id = merged.patient_id AND review.state = 'same'
    )
