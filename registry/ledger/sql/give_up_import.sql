UPDATE import SET state = 'completed', reason = %(reason)s
WHERE id = %(id)s AND state = 'processing' AND claims = %(claims)s
