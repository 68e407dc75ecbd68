SELECT
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS wal_bytes,
    sum(tup_inserted + tup_updated + tup_deleted) AS rows_written
FROM pg_stat_database
