-- Where two processes claim the same import again, the second one finds another number of claims.
UPDATE import SET claims = claims + 1
WHERE id = %(id)s AND state = 'processing' AND claims = %(claims)s
RETURNING {columns}
