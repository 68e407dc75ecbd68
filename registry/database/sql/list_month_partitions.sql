-- Partitions with their bounds as PostgreSQL writes them:
-- `FOR VALUES FROM (MINVALUE) TO ('019afe6f-…')`. One that is being detached is none any more.
SELECT
    parent.relname AS parent,
    child.relname AS name,
    pg_get_expr(child.relpartbound, child.oid) AS bounds
FROM pg_inherits
JOIN pg_class AS parent ON pg_inherits.inhparent = parent.oid
JOIN pg_class AS child ON pg_inherits.inhrelid = child.oid
WHERE
    parent.relnamespace = 'public'::regnamespace
    AND parent.relname = ANY(%(tables)s)
    AND NOT pg_inherits.inhdetachpending
