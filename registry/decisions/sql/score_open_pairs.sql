UPDATE review
SET
    weight = scored.weight,
    probability = scored.probability,
    evidence = scored.evidence,
    caution = scored.caution,
    model = CASE WHEN scored.weight IS NOT NULL THEN %(model)s END
FROM (
    SELECT * FROM scored_pair
    UNION ALL
    SELECT
        other_patient_id,
        patient_id,
        weight,
        probability,
        evidence,
        caution,
        is_similar,
        attempt,
        line
    FROM scored_pair
) AS scored
WHERE review.account_id = %(account)s
    AND review.state = 'open'
    AND review.patient_id = scored.patient_id
    AND review.other_patient_id = scored.other_patient_id
