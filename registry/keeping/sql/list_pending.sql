-- Partitions whose detaching was cut off.
SELECT
    inhparent::regclass::text,
    inhrelid::regclass::text
FROM pg_inherits
WHERE inhdetachpending AND inhparent = ANY(%(tables)s::regclass[])
