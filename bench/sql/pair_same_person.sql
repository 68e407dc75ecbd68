CREATE OR REPLACE TEMP TABLE same_person AS
SELECT one.patient_id, other.patient_id AS other_patient_id
FROM truth AS one
JOIN truth AS other ON one.person = other.person AND one.patient_id < other.patient_id
