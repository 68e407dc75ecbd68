-- A patient is told again by a row with the digest of the row that told them last, if no other row
-- of the file is about them.
CREATE OR REPLACE TABLE matched_patient AS
SELECT
    CASE
        WHEN max(root) > 0 THEN max(root)
        ELSE (-row_number() OVER (ORDER BY patient_id))::INTEGER
    END AS patient,
    patient_id::UUID AS patient_id,
    max(root) > 0 AS is_new,
    count(*) = 1 AS is_lone,
    $is_newest
    AND count(*) = 1
    AND coalesce(any_value(row_digest.digest) = any_value(stored_person.told::UUID), FALSE)
        AS is_told_again
FROM assigned
JOIN row_digest USING (line)
LEFT JOIN stored_person USING (patient_id)
GROUP BY patient_id
