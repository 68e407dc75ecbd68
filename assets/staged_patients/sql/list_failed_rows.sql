-- The first failed rows, with the slots that are at fault.
SELECT
    raw.*,
    slots
FROM raw
INNER JOIN (
    SELECT line, list(DISTINCT slot ORDER BY slot) AS slots
    FROM issues
    WHERE severity = 'error' AND slot IS NOT NULL
    GROUP BY line
) AS fault USING (line)
ORDER BY raw.line
LIMIT $most
