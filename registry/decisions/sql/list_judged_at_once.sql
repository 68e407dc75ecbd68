-- Pairs that were judged at one moment, the merges in the reverse of their order: the patients of a
-- cluster are merged from the oldest to the youngest.
SELECT
    review.patient_id,
    review.other_patient_id,
    review.state
FROM review
WHERE review.account_id = %(account)s
    AND review.state IN ('same', 'different')
    AND review.judged_at = coalesce(
        %(at)s::timestamptz,
        (
            SELECT max(about.judged_at)
            FROM review AS about
            WHERE about.account_id = %(account)s
                AND %(patient)s IN (about.patient_id, about.other_patient_id)
                AND about.state IN ('same', 'different')
        )
    )
ORDER BY review.patient_id DESC, review.other_patient_id DESC
