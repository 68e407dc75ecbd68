-- The items of lists that a row brought or cleared, as PostgreSQL writes an array.
CREATE OR REPLACE TEMP VIEW confirmed_item AS
SELECT
    line,
    '{{' || array_to_string(list_sort(list_distinct(list(hash))), ',') || '}}' AS confirmed_items
FROM (
    SELECT listed.line, item_hash(listed.field, listed.item) AS hash
    FROM ({items}) AS listed
) AS hashed
GROUP BY line
