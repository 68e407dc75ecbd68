CREATE OR REPLACE TABLE staged AS
SELECT
    normalised.line,
    failed.line IS NOT NULL AS errored,
    {remaining_clears} AS clears,
    {columns}
FROM normalised
LEFT JOIN (
    SELECT DISTINCT line
    FROM issues
    WHERE severity = 'error'
) AS failed USING (line)
LEFT JOIN (
    SELECT line, list(DISTINCT slot) AS refused
    FROM findings
    JOIN terms USING ("column", clause)
    WHERE subject = 'value'
    GROUP BY line
) AS refusal USING (line)
