-- A key that nobody else has finds nobody.
CREATE OR REPLACE TEMP TABLE key_holders AS
SELECT key, count(*) AS holders
FROM copied.patient_key
WHERE key IN (SELECT key FROM subject_key)
GROUP BY key
HAVING count(*) > 1
