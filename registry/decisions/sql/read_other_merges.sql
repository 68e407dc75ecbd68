SELECT patient_change.changes
FROM review
JOIN patient_change
    ON
        review.patient_id = patient_change.patient_id
        AND review.closed_by = patient_change.import_id
        AND patient_change.attempt = 0
WHERE
    review.other_patient_id = %(older)s
    AND review.state = 'same'
    AND review.patient_id <> %(younger)s
