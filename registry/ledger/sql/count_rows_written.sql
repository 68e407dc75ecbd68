-- Rows that were ever entered into the ledger, as PostgreSQL counts them; a restored or reset count
-- begins at 0. Counting the table itself would read all of it.
SELECT coalesce(sum(n_tup_ins), 0)::bigint
FROM pg_stat_all_tables
WHERE relid = 'import_row'::regclass
    OR relid IN (SELECT relid FROM pg_partition_tree('import_row'::regclass))
