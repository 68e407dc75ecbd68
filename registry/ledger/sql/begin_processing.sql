UPDATE import SET state = 'processing', reason = NULL
WHERE id = %(id)s AND state IN ('waiting', 'processing', 'completed', 'failed')
