CREATE OR REPLACE TEMP TABLE candidate_pair AS
SELECT DISTINCT
    least(left_key.patient_id, right_key.patient_id) AS join_key_l,
    greatest(left_key.patient_id, right_key.patient_id) AS join_key_r,
    '0' AS match_key
FROM left_key
JOIN right_key
    ON left_key.key = right_key.key AND left_key.patient_id != right_key.patient_id
