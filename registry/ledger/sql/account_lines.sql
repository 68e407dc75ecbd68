SELECT
    account.name,
    account.format,
    account.time_zone,
    account.cadence,
    (
        SELECT count(*) FROM import AS pending
        WHERE pending.account_id = account.id AND pending.state IN ('waiting', 'processing')
    ) AS unfinished,
    count(import.id) AS recent,
    count(import.id) FILTER (WHERE import.state = 'failed') AS failed
FROM account
LEFT JOIN import
    ON account.id = import.account_id
        AND import.received_at > now() - interval '7 days'
GROUP BY account.id
ORDER BY account.name
