CREATE OR REPLACE TEMP TABLE set_by_person AS
SELECT DISTINCT patient, address
FROM by_person
WHERE is_later
