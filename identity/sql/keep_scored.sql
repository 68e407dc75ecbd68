CREATE OR REPLACE TABLE scored_pair AS
SELECT
    patient_id_l AS patient_id,
    patient_id_r AS other_patient_id,
    match_weight AS weight,
    match_probability AS probability,
    {evidence_sql} AS evidence,
    {caution_sql} AS caution,
    {veto_sql} AS veto
FROM {predictions}
ORDER BY weight DESC, patient_id ASC, other_patient_id ASC
