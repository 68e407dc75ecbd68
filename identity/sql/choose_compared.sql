-- All patients of candidate pairs, each once.
SELECT *
FROM (
    SELECT * FROM {asked}
    UNION ALL
    SELECT * FROM {candidates} WHERE patient_id NOT IN (SELECT patient_id FROM {asked})
) AS patient
WHERE
    patient.patient_id IN (
        SELECT join_key_l FROM candidate_pair
        UNION
        SELECT join_key_r FROM candidate_pair
    )
