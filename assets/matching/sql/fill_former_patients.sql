-- sqlfluff:dialect:postgres
-- Patients who were merged into a touched patient, and into those in turn.
INSERT INTO former_patient
WITH RECURSIVE former AS (
    SELECT touched_patient.patient, review.patient_id
    FROM touched_patient
    JOIN review
        ON touched_patient.patient_id = review.other_patient_id AND review.state = 'same'
    UNION ALL
    SELECT former.patient, review.patient_id
    FROM former
    JOIN review ON former.patient_id = review.other_patient_id AND review.state = 'same'
)

SELECT patient, patient_id FROM former
