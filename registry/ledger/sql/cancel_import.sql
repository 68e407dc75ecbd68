UPDATE import SET state = 'cancelled', reason = %(reason)s
WHERE id = %(id)s AND account_id = %(account)s AND source = %(source)s AND state = 'waiting'
