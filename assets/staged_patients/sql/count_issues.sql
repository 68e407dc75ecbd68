SELECT code, severity, column_name, count(*), min(line)
FROM issues
GROUP BY ALL
ORDER BY count(*) DESC, code, column_name
LIMIT 50
