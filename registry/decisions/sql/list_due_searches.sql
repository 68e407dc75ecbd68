-- In turns: the first of each account, then the second of each. An account on which a run works
-- already has its turn then.
SELECT
    partition_key,
    account_id,
    attempt
FROM (
    SELECT
        import.partition_key,
        import.account_id,
        max(change_set.attempt) AS attempt,
        min(change_set.registry_version) AS version,
        row_number() OVER (
            PARTITION BY import.account_id ORDER BY min(change_set.registry_version)
        ) AS turn
    FROM change_set
    JOIN import ON change_set.id = import.id
    WHERE change_set.attempt > 0
        AND change_set.searched_at IS NULL
        AND import.state = 'completed'
        AND NOT EXISTS (
            SELECT FROM undone_attempt
            WHERE undone_attempt.import_id = change_set.id
                AND undone_attempt.attempt = change_set.attempt
        )
        AND import.account_id NOT IN (
            SELECT busy.account_id FROM import AS busy
            WHERE busy.partition_key = ANY(%(under_way)s)
        )
    GROUP BY import.partition_key, import.account_id
) AS due
ORDER BY turn, account_id
LIMIT %(limit)s
