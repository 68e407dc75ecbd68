-- Pairs that persons judged, by score. What a bulk merge or automatic linking merged says nothing
-- about the score: the score was why it was merged.
SELECT
    width_bucket(review.weight, %(edges)s::float8[]) AS bucket,
    count(*) FILTER (WHERE review.state = 'same') AS same,
    count(*) FILTER (WHERE review.state = 'different') AS different
FROM review
WHERE review.account_id = %(account)s
    AND review.judged_at IS NOT NULL
    AND review.state IN ('same', 'different')
    AND review.weight IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM bulk_merge_pair
        WHERE bulk_merge_pair.patient_id = review.patient_id
            AND bulk_merge_pair.other_patient_id = review.other_patient_id
            AND bulk_merge_pair.is_merged
            AND review.state = 'same'
    )
    AND NOT EXISTS (
        SELECT FROM decision
        WHERE decision.id = review.closed_by AND decision.is_automatic
    )
GROUP BY bucket
