UPDATE import SET state = %(state)s, reason = %(reason)s
WHERE id = %(id)s AND state = 'processing' AND claims = %(claims)s
