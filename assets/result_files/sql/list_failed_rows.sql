-- The first failed rows, with the slots of which the ledger says that they are at fault.
SELECT
    raw.*,
    slots
FROM raw
INNER JOIN (
    SELECT line::INTEGER AS line, list(DISTINCT slot ORDER BY slot) AS slots
    FROM ledger_issue
    WHERE severity = 'error' AND slot IS NOT NULL AND line <> '0'
    GROUP BY line
) AS fault USING (line)
ORDER BY raw.line
LIMIT $most
