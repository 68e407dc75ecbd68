-- The younger of the two is found by id, because ids sort by time.
INSERT INTO review (
    patient_id, other_patient_id, account_id, reason, import_id, attempt, line, weight, probability,
    evidence, caution, model
)
SELECT
    greatest(scored_pair.patient_id, scored_pair.other_patient_id),
    least(scored_pair.patient_id, scored_pair.other_patient_id),
    %(account)s,
    'similar',
    coalesce(origin.import_id, %(import_id)s),
    coalesce(origin.attempt, scored_pair.attempt),
    coalesce(origin.line, scored_pair.line),
    scored_pair.weight,
    scored_pair.probability,
    scored_pair.evidence,
    scored_pair.caution,
    %(model)s
FROM scored_pair
JOIN patient AS one ON scored_pair.patient_id = one.id AND one.account_id = %(account)s
JOIN patient AS other ON scored_pair.other_patient_id = other.id AND other.account_id = %(account)s
LEFT JOIN LATERAL (
    SELECT
        import_row.import_id,
        import_row.attempt,
        import_row.line
    FROM import_row
    JOIN import ON import_row.import_id = import.id
    WHERE scored_pair.line IS NULL
        AND import_row.patient_id = greatest(scored_pair.patient_id, scored_pair.other_patient_id)
        AND NOT import.dry_run
    ORDER BY import_row.outcome <> 'created', import.received_at, import_row.import_id
    LIMIT 1
) AS origin ON TRUE
WHERE scored_pair.is_similar
    AND NOT EXISTS (
        SELECT FROM judged_pair
        WHERE judged_pair.patient_id = scored_pair.patient_id
            AND judged_pair.other_patient_id = scored_pair.other_patient_id
    )
    AND NOT EXISTS (
        SELECT FROM review
        WHERE (review.patient_id, review.other_patient_id) IN (
                (scored_pair.patient_id, scored_pair.other_patient_id),
                (scored_pair.other_patient_id, scored_pair.patient_id)
            )
    )
