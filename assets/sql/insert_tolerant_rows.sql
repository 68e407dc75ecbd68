-- Spreadsheets pad rows with blank cells beyond the last column: these are no surplus.
INSERT INTO raw
WITH taken AS (
    SELECT
        *,
        coalesce(
            len(list_filter(surplus, LAMBDA each: given_text(each) IS NOT null)), 0
        ) = 0 AS is_within
    FROM batch
)

SELECT
    * EXCLUDE (is_within) REPLACE (
        if(is_within, least(fields, $width), fields) AS fields,
        if(is_within, null, surplus) AS surplus
    )
FROM taken
