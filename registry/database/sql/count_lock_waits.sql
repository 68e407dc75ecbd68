-- Of the whole server: everybody may read pg_locks, and a wait for a transaction names no database.
SELECT
    count(*),
    coalesce(max(extract(EPOCH FROM clock_timestamp() - waitstart)), 0)::float
FROM pg_locks
WHERE NOT granted
