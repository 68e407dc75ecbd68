-- What decides whether a run may work on an import; its row is locked until the transaction ends.
-- A check changes no patient: it waits for no file, and no file waits for it.
SELECT
    import.state,
    (
        SELECT attempt.run_id FROM attempt
        WHERE attempt.import_id = import.id
        ORDER BY attempt.number DESC
        LIMIT 1
    ),
    (
        SELECT earlier.partition_key FROM import AS earlier
        WHERE earlier.account_id = import.account_id
            AND earlier.state = 'processing'
            AND NOT import.dry_run
            AND NOT earlier.dry_run
            AND (earlier.ordered_at, earlier.id) < (import.ordered_at, import.id)
            -- One that was cut off and lacks only its result holds no other file.
            AND NOT (
                earlier.claims > 1
                AND coalesce((
                    SELECT attempt.state <> 'open' FROM attempt
                    WHERE attempt.import_id = earlier.id
                    ORDER BY attempt.number DESC
                    LIMIT 1
                ), FALSE)
            )
        ORDER BY earlier.ordered_at, earlier.id
        LIMIT 1
    ),
    import.rows_archived_at
FROM import
WHERE import.id = %(id)s
FOR UPDATE OF import
