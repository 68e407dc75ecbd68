SELECT
    account.name AS account,
    latest.last_at,
    latest.last_at < now() - %(missed)s AS is_long
FROM account
CROSS JOIN
    LATERAL (
        SELECT max(received_at) AS last_at FROM import
        WHERE account_id = account.id AND NOT dry_run
    ) AS latest
WHERE account.cadence = 'nightly'
    AND latest.last_at < now() - %(expected)s
    AND latest.last_at > now() - %(forgotten)s
    AND %(regular)s <= (
        SELECT count(DISTINCT cast(import.received_at AT TIME ZONE account.time_zone AS date))
        FROM import
        WHERE import.account_id = account.id
            AND NOT import.dry_run
            AND import.received_at > latest.last_at - %(missed)s
    )
ORDER BY latest.last_at, account.name
