-- A row that is the header of another layout has that issue alone.
CREATE OR REPLACE TABLE issues AS
SELECT
    line,
    (row_number() OVER (PARTITION BY line ORDER BY place, code, column_name) - 1)::SMALLINT
        AS ordinal,
    code,
    severity,
    column_name,
    message,
    slot
FROM (
    SELECT * FROM cell_issue
    UNION ALL BY NAME
    SELECT * FROM row_issue
) AS issue
QUALIFY
    NOT bool_or(code = 'header_not_allowed') OVER (PARTITION BY line)
    OR code = 'header_not_allowed'
