CREATE OR REPLACE TEMP TABLE row_patient AS
SELECT
    assigned.line,
    matched_patient.patient,
    matched_patient.is_new,
    matched_patient.is_lone,
    matched_patient.is_told_again
FROM assigned
JOIN matched_patient ON assigned.patient_id::UUID = matched_patient.patient_id
