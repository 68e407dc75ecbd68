CREATE OR REPLACE TEMP TABLE found AS
SELECT
    least(one, other)::UUID AS patient_id,
    greatest(one, other)::UUID AS other_patient_id,
    weight
FROM agreeing
