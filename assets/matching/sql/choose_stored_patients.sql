-- Of several stored patients the oldest; ids are in order of creation.
CREATE OR REPLACE TEMP TABLE stored_choice AS
SELECT
    line,
    tier,
    min(patient_id) AS patient_id,
    count(DISTINCT patient_id) AS hits
FROM stored_hit
GROUP BY line, tier
