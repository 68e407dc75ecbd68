-- Aliases made by earlier merges into the patient who comes back, directly or through others.
WITH RECURSIVE earlier_merge AS (
    SELECT patient_id, closed_by
    FROM review
    WHERE other_patient_id = %(merged)s AND state = 'same'
    UNION ALL
    SELECT review.patient_id, review.closed_by
    FROM earlier_merge
    JOIN review ON earlier_merge.patient_id = review.other_patient_id AND review.state = 'same'
)

UPDATE patient_alias
SET patient_id = %(merged)s
FROM earlier_merge
WHERE patient_alias.decision_id = earlier_merge.closed_by
