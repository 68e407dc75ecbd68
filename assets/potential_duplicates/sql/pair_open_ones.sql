-- Open pairs that name a patient in question, and were not found again.
CREATE OR REPLACE TEMP TABLE candidate_pair AS
WITH ordered AS (
    SELECT DISTINCT
        least(patient_id::UUID, other_patient_id::UUID) AS patient_id,
        greatest(patient_id::UUID, other_patient_id::UUID) AS other_patient_id
    FROM open_pair
)

SELECT
    patient_id AS join_key_l,
    other_patient_id AS join_key_r,
    '0' AS match_key
FROM ordered
ANTI JOIN found_pair USING (patient_id, other_patient_id)
WHERE patient_id IN (SELECT patient_id FROM searched_number)
    OR other_patient_id IN (SELECT patient_id FROM searched_number)
