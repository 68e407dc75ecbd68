-- Cells of several lines that have as many delimiters as rows: two stray quotes, the second at a
-- cell's end, keep RFC 4180 and swallow what stands between them (`rosters/swallowed_rows.py`).
CREATE OR REPLACE TEMP VIEW rows_within_cell AS
WITH counted AS (
    SELECT
        *,
        list_transform(
            regexp_split_to_array(cell, '\r\n|\r|\n'),
            LAMBDA each: length(each) - length(replace(each, {delimiter}, ''))
        ) AS counts
    FROM odd_cell
    WHERE contains(cell, chr(10)) OR contains(cell, chr(13))
)

SELECT
    line,
    -7 AS place,
    'rows_within_cell' AS code,
    'warning' AS severity,
    slot,
    label AS column_name,
    label || ': this cell holds ' || (len(counts) - 1)
    || ' line ends and looks as if whole rows stood in it; see whether a quote is too much'
        AS message
FROM counted
WHERE
    len(counts) > 1
    AND (
        coalesce(list_max(counts[2:-2]), 0) >= {row_delimiters}
        OR (counts[1] >= fields - 1 - index AND counts[-1] >= index)
    )
