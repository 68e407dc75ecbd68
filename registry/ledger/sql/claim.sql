UPDATE import SET state = 'processing', claims = claims + 1
WHERE id = ANY(%(ids)s) AND state = 'waiting'
RETURNING {columns}
