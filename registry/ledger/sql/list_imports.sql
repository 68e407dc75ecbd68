SELECT {columns} FROM import
WHERE (cardinality(%(states)s::text[]) = 0 OR state = ANY(%(states)s))
    AND (%(account)s::int IS NULL OR account_id = %(account)s)
ORDER BY received_at DESC, id DESC
LIMIT %(limit)s
