SELECT
    review.closed_by,
    patient_change.registry_version,
    patient_change.patient_id,
    patient_change.changes
FROM review
JOIN patient_change
    ON
        review.closed_by = patient_change.import_id
        AND patient_change.attempt = 0
        AND patient_change.patient_id IN (review.patient_id, review.other_patient_id)
WHERE review.patient_id = %(younger)s AND review.other_patient_id = %(older)s
