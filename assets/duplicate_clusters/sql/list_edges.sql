CREATE OR REPLACE TEMP TABLE cluster_edge AS
SELECT
    patient_id AS patient_id_l,
    other_patient_id AS patient_id_r
FROM found_pair
WHERE is_similar
