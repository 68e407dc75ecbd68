-- What a patient's rows brought and a newer file kept out, where it differs from what is there. Of
-- several rows the last counts, unless a later one brought a value that was let through.
CREATE OR REPLACE TABLE refused_value AS
SELECT
    refused.patient,
    json_group_object(
        fact_address(refused.field, refused.item, refused.attribute), refused.value
    )::VARCHAR AS refused
FROM (
    SELECT
        patient,
        field,
        item,
        attribute,
        max(line) AS line,
        arg_max_null(value, line) AS value
    FROM outdated_value
    GROUP BY patient, field, item, attribute
) AS refused
LEFT JOIN stored_fact USING (patient, field, item, attribute)
LEFT JOIN (
    SELECT patient, field, item, attribute, max(line) AS line
    FROM brought
    SEMI JOIN outdated_value USING (patient)
    GROUP BY patient, field, item, attribute
) AS let_through USING (patient, field, item, attribute)
WHERE
    refused.line > coalesce(let_through.line, 0)
    AND (
        let_through.line IS NOT NULL
        OR refused.value IS DISTINCT FROM stored_fact.value
    )
GROUP BY refused.patient
