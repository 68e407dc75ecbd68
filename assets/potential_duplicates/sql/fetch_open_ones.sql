CREATE OR REPLACE TEMP TABLE candidate AS
SELECT *
FROM copied.features
WHERE patient_id IN (
        SELECT join_key_l FROM candidate_pair
        UNION
        SELECT join_key_r FROM candidate_pair
    )
