-- The oldest import below the bound that is not over, or was run again within these days.
SELECT min(import.id::text)
FROM import
WHERE
    import.id < %(bound)s
    AND import.{archived_at} IS NULL
    AND (
        import.state IN ('waiting', 'processing', 'held')
        OR EXISTS (
            SELECT FROM attempt
            WHERE
                attempt.import_id = import.id
                AND (
                    attempt.state IN ('open', 'applied')
                    OR coalesce(attempt.finished_at, attempt.started_at) >= %(before)s
                )
        )
    )
