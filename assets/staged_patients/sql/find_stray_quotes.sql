-- Cells whose quotes break RFC 4180. Where nobody can say what was meant, the row fails if the cell
-- decides who the patient is, or if other cells may have moved: `may_have_moved`.
-- `identities` are the indices of the cells that decide who a patient is.
CREATE OR REPLACE TEMP VIEW stray_quote AS
WITH stray_cell AS (
    SELECT
        line,
        coalesce(len(doubtful), 0) > 1 OR {may_have_moved} AS may_have_moved,
        unnest(list_concat(plain, doubtful)) AS index,
        [{cells}] AS cells,
        coalesce(plain, []) AS plain
    FROM raw
    WHERE plain IS NOT NULL OR doubtful IS NOT NULL
),

judged AS (
    SELECT
        line,
        [{labels}][index + 1] AS label,
        [{slots}][index + 1] AS slot,
        shown(cells[index + 1]) AS cell,
        CASE
            WHEN list_contains(plain, index) THEN 'plain'
            WHEN may_have_moved OR list_contains([{identities}]::INTEGER[], index) THEN 'error'
            ELSE 'doubtful'
        END AS verdict
    FROM stray_cell
    WHERE index < {width}
)

SELECT
    line,
    -6 AS place,
    'stray_quote' AS code,
    CASE verdict WHEN 'error' THEN 'error' ELSE 'warning' END AS severity,
    slot,
    label AS column_name,
    label || CASE verdict
        WHEN 'plain' THEN ': the quotes of this cell are not as CSV has them; it was read as '
        WHEN 'error' THEN ': a quote too many or too few, it cannot be said what is meant by '
        ELSE ': a quote too many or too few; the cell was read as it stands: '
    END || cell || ' (inside a quoted cell, write each quote twice)' AS message
FROM judged
