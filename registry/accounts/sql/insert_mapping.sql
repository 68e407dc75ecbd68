INSERT INTO column_mapping (
    account_id, format, version, by_position, columns, created_at, created_by
)
SELECT
    %(account)s,
    %(format)s,
    coalesce(max(version), 0) + 1,
    %(by_position)s,
    %(columns)s,
    %(now)s,
    %(user)s
FROM column_mapping
WHERE account_id = %(account)s AND format = %(format)s
RETURNING version
