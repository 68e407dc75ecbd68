CREATE OR REPLACE TEMP TABLE row_change AS
SELECT
    line,
    list({
        'field': field::VARCHAR,
        'item': item,
        'attribute': attribute::VARCHAR,
        'old': old,
        'value': value
    } ORDER BY field, item, attribute) AS changes
FROM changed_fact
GROUP BY line
