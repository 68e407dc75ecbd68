-- Whether this server follows a primary, and whether it has replayed so much of its log.
SELECT
    pg_is_in_recovery() AND EXISTS (SELECT FROM pg_stat_wal_receiver),
    coalesce(pg_last_wal_replay_lsn() - '0/0'::pg_lsn >= %(written)s, FALSE)
    AND coalesce(
        pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn() < %(most)s,
        FALSE
    )
