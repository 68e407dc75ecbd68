-- A rehearsal is about pairs that a person judged, and so leaves out what a person did to them.
SELECT
    review.patient_id,
    review.other_patient_id,
    review.state
FROM review
CROSS JOIN
    LATERAL (
        SELECT
            min(registry_version) FILTER (WHERE patient_id = review.patient_id) AS younger,
            min(registry_version) FILTER (WHERE patient_id = review.other_patient_id) AS older
        FROM patient_change
        WHERE patient_id IN (review.patient_id, review.other_patient_id)
    ) AS created
WHERE review.account_id = %(account)s
    AND review.state = ANY(%(states)s)
    AND review.weight >= %(threshold)s
    AND review.caution IS NULL
    AND review.reason = ANY(%(reasons)s)
    AND (%(import)s::uuid IS NULL OR review.import_id = %(import)s)
    AND review.patient_id <> ALL(%(left_out)s::uuid[])
    AND created.older < created.younger
    AND EXISTS (
        SELECT FROM import_row
        WHERE import_row.patient_id = review.patient_id
            AND import_row.import_id = review.import_id
            AND import_row.outcome = 'created'
    )
    AND NOT EXISTS (
        SELECT FROM review AS rival
        WHERE rival.account_id = review.account_id
            AND (
                rival.patient_id = review.patient_id
                OR rival.other_patient_id = review.patient_id
            )
            AND review.other_patient_id NOT IN (rival.patient_id, rival.other_patient_id)
            AND rival.weight >= %(threshold)s
    )
    AND (
        %(rehearsed)s
        OR (
            NOT EXISTS (
                SELECT FROM patient_change
                WHERE patient_change.patient_id IN (review.patient_id, review.other_patient_id)
                    AND patient_change.attempt = 0
                    AND patient_change.registry_version > created.younger
                    AND NOT EXISTS (
                        SELECT FROM decision
                        WHERE decision.id = patient_change.import_id AND decision.is_automatic
                    )
            )
            AND NOT EXISTS (
                SELECT FROM review AS judged
                WHERE judged.account_id = review.account_id
                    AND (
                        judged.patient_id = review.patient_id
                        OR judged.other_patient_id = review.patient_id
                    )
                    AND judged.judged_at IS NOT NULL
            )
            AND NOT EXISTS (
                SELECT FROM identity_review
                WHERE identity_review.patient_id IN (review.patient_id, review.other_patient_id)
                    AND identity_review.state = 'open'
            )
        )
    )
ORDER BY review.patient_id, review.other_patient_id
LIMIT %(count)s
