CREATE OR REPLACE TEMP TABLE candidate_pair AS
SELECT
    least(one.patient_id, other.patient_id) AS join_key_l,
    greatest(one.patient_id, other.patient_id) AS join_key_r,
    '0' AS match_key
FROM numbered_pair
JOIN candidate AS one ON numbered_pair.one = one.number
JOIN candidate AS other ON numbered_pair.other = other.number
