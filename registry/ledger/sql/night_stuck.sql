SELECT
    import.partition_key AS key,
    account.name AS account,
    import.state,
    NULL AS fault_code,
    coalesce(latest.started_at, import.received_at) AS since,
    latest.run_id,
    import.claims AS tries,
    coalesce(latest.state <> 'open', FALSE) AS lacks_result,
    import.id AS import_id
FROM import
JOIN account ON import.account_id = account.id
LEFT JOIN LATERAL (
    SELECT * FROM attempt
    WHERE import_id = import.id
    ORDER BY number DESC
    LIMIT 1
) AS latest ON TRUE
WHERE (%(account)s::text IS NULL OR account.name = %(account)s)
    AND (
        (
            import.state = 'processing'
            AND (
                import.claims > 2
                OR coalesce(latest.started_at, import.received_at) < now() - %(stuck)s
            )
        )
        -- A completed import has a reason only where it was given up.
        OR (
            import.state = 'completed'
            AND import.reason IS NOT NULL
            AND latest.state = 'finished'
        )
    )
ORDER BY since
