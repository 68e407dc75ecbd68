-- A fact changes something when it differs from the one before it at the same address. All facts
-- of a lone new row do, and need no work; a lone row of a stored patient is held against what is
-- stored; only where a file has several rows of one patient must their order be followed.
CREATE OR REPLACE TABLE changed_fact AS
SELECT
    brought.line,
    patient,
    field,
    item,
    attribute,
    stored_fact.value AS old,
    brought.value
FROM brought
LEFT JOIN stored_fact USING (patient, field, item, attribute)
WHERE
    brought.is_lone
    AND NOT brought.is_new
    AND brought.value IS DISTINCT FROM stored_fact.value
UNION ALL
SELECT line, patient, field, item, attribute, old, value
FROM (
    SELECT
        *,
        lag(value) OVER (PARTITION BY patient, field, item, attribute ORDER BY line) AS old
    FROM (
        SELECT line, patient, field, item, attribute, value
        FROM brought
        WHERE NOT is_lone
        UNION ALL
        SELECT 0, patient, field, item, attribute, value
        FROM stored_fact
        JOIN matched_patient USING (patient)
        WHERE NOT is_lone
    ) AS fact
) AS following
WHERE line > 0 AND value IS DISTINCT FROM old
