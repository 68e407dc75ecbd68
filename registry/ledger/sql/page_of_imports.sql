{lines}
WHERE import.account_id = %(account)s
    AND (%(state)s = '' OR import.state = %(state)s)
    AND (%(source)s = '' OR import.source = %(source)s)
    AND (%(text)s = '' OR position(lower(%(text)s) IN lower(import.file_name)) > 0)
    AND (
        %(at)s::timestamptz IS NULL
        OR (import.received_at, import.id) < (%(at)s, %(id)s)
    )
ORDER BY import.received_at DESC, import.id DESC
LIMIT %(count)s
