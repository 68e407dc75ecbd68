-- The other patient of the pair was merged meanwhile: splitting that merge reopens the pair.
UPDATE review
SET closed_by = later.closed_by
FROM review AS later
WHERE
    review.closed_by = %(merge)s
    AND review.state = 'moved'
    AND later.state = 'same'
    AND later.patient_id IN (review.patient_id, review.other_patient_id)
