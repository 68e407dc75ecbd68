-- What waits for a sender: files of its own before those in drop folders, and of two imports of a
-- name the one that is not being processed.
SELECT DISTINCT ON (drop_name)
    id::text AS version,
    drop_name AS name,
    sha256,
    byte_count,
    coalesce(drop_modified_at, received_at) AS modified_at,
    drop_place = 'store' AS is_own
FROM import
WHERE account_id = %(account)s
    AND drop_name IS NOT NULL
    AND (%(name)s::text IS NULL OR drop_name = %(name)s)
ORDER BY drop_name, drop_place <> 'store', state = 'processing'
