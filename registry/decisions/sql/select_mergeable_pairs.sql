-- Open pairs above a score whose merge leaves nothing to ask: neither patient is in another open
-- pair, and nobody has to judge who one of them is. A pair that a veto forbids has no score.
WITH named AS (
    SELECT patient_id
    FROM review
    WHERE account_id = %(account)s AND state = 'open'
    UNION ALL
    SELECT other_patient_id
    FROM review
    WHERE account_id = %(account)s AND state = 'open'
),

set_aside AS (
    SELECT patient_id FROM named
    GROUP BY patient_id
    HAVING count(*) > 1
    UNION
    SELECT patient_id FROM identity_review
    WHERE account_id = %(account)s AND state = 'open'
)

SELECT
    review.patient_id,
    review.other_patient_id
FROM review
WHERE review.account_id = %(account)s
    AND review.state = 'open'
    AND review.weight >= %(lowest)s
    AND NOT EXISTS (SELECT FROM set_aside WHERE set_aside.patient_id = review.patient_id)
    AND NOT EXISTS (SELECT FROM set_aside WHERE set_aside.patient_id = review.other_patient_id)
