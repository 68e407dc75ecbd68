-- What the rows carry that tell their patients nothing new, without a look at what is stored.
CREATE OR REPLACE TEMP TABLE told_again AS
SELECT
    line,
    {bits} AS confirmed,
    '{{'
    || nullif(array_to_string(list_sort(list_distinct(flatten([{items}]::INTEGER[][]))), ','), '')
    || '}}' AS confirmed_items
FROM staged_full
JOIN row_patient USING (line)
WHERE row_patient.is_told_again
