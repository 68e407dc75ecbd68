UPDATE import SET
    reason = attempt.reason,
    state = CASE attempt.state WHEN 'failed' THEN 'failed' ELSE 'completed' END
FROM attempt
WHERE import.id = %(import_id)s
    AND import.state IN ('processing', 'completed', 'failed')
    AND attempt.import_id = import.id
    AND attempt.number = %(number)s
    AND attempt.state IN ('finished', 'failed')
