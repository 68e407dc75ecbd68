CREATE OR REPLACE TEMP TABLE found AS
SELECT
    least(patient_id_l, patient_id_r)::UUID AS patient_id,
    greatest(patient_id_l, patient_id_r)::UUID AS other_patient_id,
    match_weight AS weight
FROM {predictions}
