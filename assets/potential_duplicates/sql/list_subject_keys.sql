CREATE OR REPLACE TEMP TABLE subject_key AS
SELECT number, rule, key
FROM copied.patient_key
WHERE number IN (SELECT number FROM subject)
