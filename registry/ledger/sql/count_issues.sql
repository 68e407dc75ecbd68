SELECT
    code,
    severity::text,
    count(*)::int AS count,
    min(line) AS line,
    (array_agg(message ORDER BY line, ordinal))[1] AS message
FROM row_issue
WHERE import_id = %(import)s AND attempt = %(attempt)s
GROUP BY code, severity
ORDER BY row_issue.severity ASC, count(*) DESC, code
