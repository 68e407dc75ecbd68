UPDATE attempt SET
    finished_at = %(now)s,
    state = CASE state WHEN 'applied' THEN 'finished' ELSE state END
WHERE import_id = %(import_id)s AND number = %(number)s
    AND finished_at IS NULL AND state <> 'open'
