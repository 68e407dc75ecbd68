SELECT
    count(*) FILTER (WHERE judged_pair.patient_id IS NOT NULL) AS judged,
    count(*) FILTER (WHERE judged_pair.patient_id IS NULL AND review.patient_id IS NULL) AS missing
FROM scored_pair
JOIN patient AS one ON scored_pair.patient_id = one.id
JOIN patient AS other ON scored_pair.other_patient_id = other.id
LEFT JOIN judged_pair
    ON scored_pair.patient_id = judged_pair.patient_id
        AND scored_pair.other_patient_id = judged_pair.other_patient_id
LEFT JOIN review
    ON (review.patient_id, review.other_patient_id) IN (
            (scored_pair.patient_id, scored_pair.other_patient_id),
            (scored_pair.other_patient_id, scored_pair.patient_id)
        )
WHERE scored_pair.is_similar
