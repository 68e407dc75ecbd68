-- Only where every change that the attempt makes is made: its result file is what is missing.
UPDATE import SET
    reason = %(reason)s,
    state = CASE attempt.state WHEN 'failed' THEN 'failed' ELSE 'completed' END
FROM attempt
WHERE import.id = %(id)s
    AND import.state = 'processing'
    AND import.claims = %(claims)s
    AND attempt.import_id = import.id
    AND attempt.number = %(number)s
    AND attempt.state <> 'open'
