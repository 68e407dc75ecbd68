CREATE OR REPLACE TEMP TABLE candidate_pair AS
SELECT DISTINCT
    least(patient_id, other_patient_id) AS join_key_l,
    greatest(patient_id, other_patient_id) AS join_key_r,
    '0' AS match_key
FROM same_person
