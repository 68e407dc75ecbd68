-- Bytes of which every import is over and ended before the time, and which are still kept. A wish
-- for a further attempt makes its import young again.
SELECT import.sha256
FROM import
GROUP BY import.sha256
HAVING bool_and(
        import.state NOT IN ('waiting', 'processing', 'held')
        AND import.received_at < %(before)s
        AND NOT EXISTS (
            SELECT FROM attempt
            WHERE attempt.import_id = import.id
                AND coalesce(attempt.finished_at, attempt.started_at) >= %(before)s
        )
    )
    AND bool_or(import.archive_pruned_at IS NULL)
