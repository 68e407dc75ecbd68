CREATE OR REPLACE VIEW change AS
SELECT
    patient,
    line,
    json_group_object(
        concat_ws('/', field::VARCHAR, nullif(item, ''), nullif(attribute::VARCHAR, '')),
        [old, value]
    )::VARCHAR AS changes
FROM (
    SELECT line, patient, field, item, attribute, NULL::VARCHAR AS old, value
    FROM brought
    WHERE is_lone AND is_new AND value IS NOT NULL
    UNION ALL
    SELECT line, patient, field, item, attribute, old, value
    FROM changed_fact
) AS changed
GROUP BY patient, line
