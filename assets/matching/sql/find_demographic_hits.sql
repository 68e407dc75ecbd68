CREATE OR REPLACE TEMP TABLE demographic_hit AS
SELECT DISTINCT line, patient_id
FROM lookalike
WHERE person = stored_person AND {is_named}
