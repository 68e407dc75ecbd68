SELECT
    format,
    version,
    by_position,
    columns,
    created_at,
    created_by,
    ended_at,
    ended_by
FROM column_mapping
WHERE account_id = %(account)s
ORDER BY format ASC, version DESC
