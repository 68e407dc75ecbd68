-- The content of each row as a digest: every value behind its name and length, so that no two
-- contents are written alike; what is blank is not written, as a column that the file lacks.
CREATE OR REPLACE TEMP TABLE row_digest AS
SELECT line, md5({content})::UUID AS digest
FROM staged
WHERE NOT errored
