-- Cells of several lines that have as many delimiters as rows: stray quotes, the last of them at a
-- cell's end, keep RFC 4180 and swallow what stands between them. Why delimiters are counted in
-- other cells as well is said in `rosters/swallowed_rows.py`.
CREATE OR REPLACE TEMP VIEW rows_within_cell AS
WITH counted AS (
    SELECT
        odd_cell.*,
        list_transform(
            regexp_split_to_array(odd_cell.cell, '\r\n|\r|\n'),
            LAMBDA each: length(each) - length(replace(each, {delimiter}, ''))
        ) AS counts,
        list_transform(
            [{cells}],
            LAMBDA each: coalesce(length(each) - length(replace(each, {delimiter}, '')), 0)
        ) AS of_cells,
        greatest(least(odd_cell.fields - 1, {row_delimiters}), 1) AS wanted
    FROM odd_cell
    INNER JOIN raw ON odd_cell.line = raw.line
    WHERE contains(odd_cell.cell, chr(10)) OR contains(odd_cell.cell, chr(13))
),

placed AS (
    SELECT
        *,
        index + coalesce(list_sum(of_cells[:index]), 0) AS before,
        fields - 1 - index + coalesce(list_sum(of_cells[index + 2:]), 0) AS behind
    FROM counted
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
FROM placed
WHERE
    len(counts) > 1
    AND (
        coalesce(list_max(counts[2:-2]), 0) >= wanted
        OR (before + counts[1] >= wanted AND counts[-1] + behind >= wanted)
        OR (contains(cell, '"') AND before + list_sum(counts) + behind >= 2 * wanted)
    )
