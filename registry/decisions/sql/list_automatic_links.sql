SELECT
    review.line,
    review.patient_id,
    review.other_patient_id AS linked_to,
    review.weight,
    decision.user_name AS by,
    decision.decided_at AS at
FROM review
JOIN decision ON review.closed_by = decision.id AND decision.is_automatic
WHERE review.import_id = %(import)s
    AND review.state = 'same'
    AND review.line > %(after_line)s
ORDER BY review.line, review.patient_id
LIMIT %(count)s
