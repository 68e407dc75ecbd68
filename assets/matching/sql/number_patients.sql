CREATE OR REPLACE TABLE matched_patient AS
SELECT
    CASE
        WHEN max(root) > 0 THEN max(root)
        ELSE (-row_number() OVER (ORDER BY patient_id))::INTEGER
    END AS patient,
    patient_id::UUID AS patient_id,
    max(root) > 0 AS is_new,
    count(*) = 1 AS is_lone
FROM assigned
GROUP BY patient_id
