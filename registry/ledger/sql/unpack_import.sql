UPDATE import SET state = 'unpacked', reason = %(reason)s, claims = 0
FROM attempt
WHERE import.id = %(import_id)s
    AND import.state = 'processing'
    AND attempt.import_id = import.id
    AND attempt.number = %(number)s
    AND attempt.state = 'open'
