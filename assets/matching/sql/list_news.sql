-- The rows whose facts are looked at. A table, because each fact is read from it by itself.
CREATE OR REPLACE TEMP TABLE news AS
SELECT staged_full.*
FROM staged_full
JOIN row_patient USING (line)
WHERE NOT row_patient.is_told_again
