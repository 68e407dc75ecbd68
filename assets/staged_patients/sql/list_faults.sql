SELECT line, slot
FROM issues
WHERE severity = 'error'
