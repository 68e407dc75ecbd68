UPDATE import SET state = %(state)s, reason = %(reason)s
WHERE id = %(id)s
    AND (
        state IN ('waiting', 'processing')
        OR (state = 'held' AND %(state)s = 'cancelled')
    )
