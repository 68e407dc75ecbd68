SELECT code, severity, column_name, slot, count(*), min(line)
FROM issues
GROUP BY ALL
ORDER BY count(*) DESC, code ASC, column_name ASC
LIMIT 50
