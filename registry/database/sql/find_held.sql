-- PostgreSQL shows the 64 bits of an advisory lock's number in two columns.
WITH locks AS (
    SELECT (classid::bigint << 32) | objid::bigint AS number
    FROM pg_locks
    WHERE locktype = 'advisory'
        AND objsubid = 1
        AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)

SELECT wanted.name
FROM unnest(%(names)s::text[]) AS wanted (name)
JOIN locks ON hashtextextended(wanted.name, 0) = locks.number
