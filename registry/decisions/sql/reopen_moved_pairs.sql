UPDATE review
SET state = 'open', closed_by = NULL
WHERE
    review.closed_by = %(merge)s
    AND review.state = 'moved'
    AND EXISTS (SELECT FROM patient WHERE patient.id = review.patient_id)
    AND EXISTS (SELECT FROM patient WHERE patient.id = review.other_patient_id)
