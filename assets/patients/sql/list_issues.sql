SELECT
    line::INTEGER AS line,
    (row_number() OVER (PARTITION BY line ORDER BY origin, place) - 1)::SMALLINT AS ordinal,
    code,
    severity,
    column_name,
    slot,
    message
FROM (
    SELECT line, 0 AS origin, ordinal AS place, code, severity, column_name, slot, message
    FROM issues
    UNION ALL
    SELECT line, 1, place, code, severity, NULL, NULL, message
    FROM row_notice
) AS issue
ORDER BY line, ordinal
