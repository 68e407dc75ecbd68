SELECT
    import.partition_key AS key,
    account.name AS account,
    import.state,
    NULL AS fault_code,
    coalesce(latest.started_at, import.received_at) AS since,
    latest.run_id
FROM import
JOIN account ON import.account_id = account.id
LEFT JOIN LATERAL (
    SELECT * FROM attempt
    WHERE import_id = import.id
    ORDER BY number DESC
    LIMIT 1
) AS latest ON TRUE
WHERE import.state = 'processing'
    AND (%(account)s::text IS NULL OR account.name = %(account)s)
    AND coalesce(latest.started_at, import.received_at) < now() - %(stuck)s
ORDER BY since
