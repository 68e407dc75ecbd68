-- For each open pair of the merged patient: the same question about the surviving patient and the
-- other patient of the pair. The older of the two is found by id, because ids sort by time.
INSERT INTO review (
    patient_id, other_patient_id, account_id, reason, import_id, attempt, line, state, created_at,
    asked_by
)
SELECT
    greatest(third, %(survives)s),
    least(third, %(survives)s),
    account_id,
    reason,
    import_id,
    attempt,
    line,
    'open',
    created_at,
    %(decision)s
FROM (
    SELECT
        review.*,
        CASE WHEN patient_id = %(merged)s THEN other_patient_id ELSE patient_id END AS third
    FROM review
    WHERE
        account_id = %(account)s
        AND state = 'open'
        AND %(merged)s IN (patient_id, other_patient_id)
) AS moved_pair
WHERE
    third <> %(survives)s
    AND NOT EXISTS (
        SELECT FROM review
        WHERE
            (review.patient_id, review.other_patient_id) IN (
                (moved_pair.third, %(survives)s), (%(survives)s, moved_pair.third)
            )
    )
ON CONFLICT DO NOTHING
