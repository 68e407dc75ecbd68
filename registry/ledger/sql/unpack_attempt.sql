UPDATE attempt SET state = 'unpacked', reason = %(reason)s, finished_at = %(now)s
WHERE import_id = %(import_id)s AND number = %(number)s AND state = 'open'
