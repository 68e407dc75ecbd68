-- Bytes that wait in Pending count apart: SFTP counts them where they stand.
SELECT
    (SELECT (settings ->> 'quota_bytes')::bigint FROM account WHERE id = %(account)s) AS quota,
    coalesce(sum(byte_count) FILTER (WHERE NOT is_pending), 0)::bigint AS archived,
    coalesce(sum(byte_count) FILTER (WHERE is_pending), 0)::bigint AS pending
FROM (
    SELECT
        max(byte_count) AS byte_count,
        bool_or(drop_name IS NOT NULL) AS is_pending
    FROM import
    WHERE account_id = %(account)s AND archive_pruned_at IS NULL
    GROUP BY sha256
) AS kept
