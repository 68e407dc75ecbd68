-- Open pairs that can be reached from some patients, over open pairs. A limit of so many rows, as
-- PostgreSQL works a recursion out only as far as it is read, keeps it short.
WITH RECURSIVE reached AS (
    SELECT unnest(%(patients)s::uuid[]) AS patient_id
    UNION
    SELECT edge.patient_id
    FROM reached
    CROSS JOIN
        LATERAL (
            SELECT review.other_patient_id AS patient_id
            FROM review
            WHERE review.patient_id = reached.patient_id
                AND review.account_id = %(account)s
                AND review.state = 'open'
            UNION ALL
            SELECT review.patient_id
            FROM review
            WHERE review.other_patient_id = reached.patient_id
                AND review.account_id = %(account)s
                AND review.state = 'open'
        ) AS edge
),

followed AS MATERIALIZED (
    SELECT patient_id
    FROM reached
    LIMIT %(most)s -- noqa: AM09
)

SELECT
    review.patient_id,
    review.other_patient_id
FROM followed
JOIN review ON followed.patient_id = review.patient_id
WHERE review.account_id = %(account)s AND review.state = 'open'
