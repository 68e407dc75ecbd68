INSERT INTO kept_value
SELECT
    outdated_value.line,
    field,
    item,
    attribute,
    'import ' || outdated_value.partition_key
FROM outdated_value
LEFT JOIN stored_fact USING (patient, field, item, attribute)
WHERE outdated_value.value IS DISTINCT FROM stored_fact.value
