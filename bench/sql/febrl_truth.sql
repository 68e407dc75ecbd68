CREATE OR REPLACE TEMP TABLE truth AS
SELECT patient_id, regexp_extract(rec_id, 'rec-(\d+)-', 1)::BIGINT AS person
FROM cell
