-- Why rows of recent imports failed: the codes and columns with the most rows, and one import that
-- has such a row.
SELECT
    row_issue.code,
    row_issue.slot,
    recent.format,
    count(*)::int AS rows,
    max(recent.id::text)::uuid AS import_id
FROM (
    SELECT
        import.id,
        import.format,
        latest.number
    FROM import
    JOIN LATERAL (
        SELECT * FROM attempt
        WHERE attempt.import_id = import.id
        ORDER BY attempt.number DESC
        LIMIT 1
    ) AS latest ON TRUE
    WHERE import.account_id = %(account)s
        AND latest.errored > 0
        AND {is_recent}
) AS recent
JOIN row_issue
    ON recent.id = row_issue.import_id
        AND recent.number = row_issue.attempt
        AND row_issue.severity = 'error'
        AND row_issue.line > 0
GROUP BY row_issue.code, row_issue.slot, recent.format
ORDER BY count(*) DESC, row_issue.code ASC, row_issue.slot ASC
LIMIT %(count)s
