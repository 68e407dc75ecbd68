SELECT {columns} FROM import
WHERE account_id = %(account)s
    AND NOT dry_run
    AND received_at >= %(start)s
    AND received_at < %(stop)s
    AND state = ANY(%(states)s)
ORDER BY received_at, id
