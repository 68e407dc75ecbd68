-- What a lone row of a new patient brought is in the patient; its change is entered without values.
-- A new patient has the number of the line that created them.
CREATE OR REPLACE VIEW change AS
SELECT patient, patient AS line, NULL::VARCHAR AS changes
FROM matched_patient
WHERE is_lone AND is_new
UNION ALL
SELECT
    patient,
    line,
    json_group_object(
        concat_ws('/', field::VARCHAR, nullif(item, ''), nullif(attribute::VARCHAR, '')),
        [old, value]
    )::VARCHAR AS changes
FROM changed_fact
GROUP BY patient, line
