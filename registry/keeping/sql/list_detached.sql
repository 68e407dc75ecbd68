-- Tables that were partitions: a process that archived them was killed.
SELECT class.relname
FROM pg_class AS class
WHERE
    class.relkind = 'r'
    AND class.relnamespace = 'public'::regnamespace
    AND NOT class.relispartition
    AND class.relname LIKE %(pattern)s
