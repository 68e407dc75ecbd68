-- One row per line that has messages: all of them, those that fail the row, and the others.
CREATE OR REPLACE TEMP TABLE ledger_message AS
SELECT
    line::INTEGER AS line,
    string_agg(message, '; ' ORDER BY ordinal::INT) AS messages,
    string_agg(message, '; ' ORDER BY ordinal::INT) FILTER (WHERE severity = 'error') AS errors,
    string_agg(message, '; ' ORDER BY ordinal::INT) FILTER (WHERE severity <> 'error') AS warnings
FROM ledger_issue
GROUP BY line
