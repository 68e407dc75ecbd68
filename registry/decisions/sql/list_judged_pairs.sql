-- Pairs with a score that a person judged; no link and no bulk merge.
SELECT
    patient_id,
    other_patient_id,
    state,
    model,
    caution,
    evidence
FROM review
WHERE account_id = %(account)s
    AND state IN ('same', 'different')
    AND judged_at IS NOT NULL
    AND weight IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM decision
        WHERE decision.id = review.closed_by AND decision.is_automatic
    )
    AND NOT EXISTS (
        SELECT FROM bulk_merge_pair
        WHERE bulk_merge_pair.patient_id = review.patient_id
            AND bulk_merge_pair.other_patient_id = review.other_patient_id
            AND bulk_merge_pair.is_merged
            AND review.state = 'same'
    )
