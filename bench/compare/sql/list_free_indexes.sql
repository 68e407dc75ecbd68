-- Of a partitioned table, the definition says ONLY and so would make no index of its partitions.
SELECT
    indexed.indexrelid::regclass::text,
    replace(pg_get_indexdef(indexed.indexrelid), ' ON ONLY ', ' ON ')
FROM pg_index AS indexed
JOIN pg_class AS class ON indexed.indrelid = class.oid
WHERE class.relname = ANY(%(tables)s)
    AND class.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexed.indexrelid)
