SELECT
    code,
    severity::text,
    count(*) FILTER (WHERE attempt = %(first)s)::int AS first,
    count(*) FILTER (WHERE attempt = %(second)s)::int AS second
FROM row_issue
WHERE import_id = %(import)s AND attempt IN (%(first)s, %(second)s)
GROUP BY code, severity
ORDER BY row_issue.severity, code
