SELECT
    line,
    ordinal,
    severity,
    code,
    message
FROM row_issue
WHERE import_id = %(import)s AND attempt = %(attempt)s
