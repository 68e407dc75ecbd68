SELECT line, code, severity::text, column_name, slot, message FROM row_issue
WHERE import_id = %(import)s AND attempt = %(attempt)s AND line = ANY(%(lines)s)
ORDER BY line, ordinal
