-- One row per line that has messages: all of them, those that fail the row, and the others. What is
-- said about the whole file stands with the first row, after what is said about the row itself.
CREATE OR REPLACE TEMP TABLE ledger_message AS
WITH placed AS (
    SELECT
        if(line = '0', (SELECT min(line::INTEGER) FROM ledger_row), line::INTEGER) AS line,
        line = '0' AS is_of_file,
        ordinal::INTEGER AS ordinal,
        severity,
        if(line = '0', 'the whole file: ' || message, message) AS message
    FROM ledger_issue
)

SELECT
    line,
    string_agg(message, '; ' ORDER BY is_of_file, ordinal) AS messages,
    string_agg(message, '; ' ORDER BY is_of_file, ordinal)
    FILTER (WHERE severity = 'error') AS errors,
    string_agg(message, '; ' ORDER BY is_of_file, ordinal)
    FILTER (WHERE severity <> 'error') AS warnings
FROM placed
GROUP BY line
