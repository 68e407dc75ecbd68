-- Each patient of whom one row says all that the file does, with the digest of that row, if the
-- same row would change nothing after it: none of its values was refused or belongs to an alias.
CREATE OR REPLACE TABLE told AS
SELECT row_patient.patient, row_digest.digest, person.name_key
FROM row_patient
JOIN row_digest USING (line)
JOIN person USING (line)
ANTI JOIN outdated_value USING (line)
ANTI JOIN set_by_person ON row_patient.patient = set_by_person.patient::INTEGER
ANTI JOIN stored_alias ON row_patient.patient = stored_alias.patient::INTEGER
WHERE row_patient.is_lone AND NOT row_patient.is_told_again
