-- Imports that are not over long after they were due: nightly files at the midnight after they
-- came, all others when they came.
SELECT
    name AS account,
    cast(due_at AT TIME ZONE time_zone AS date) AS day,
    count(*) AS files,
    min(due_at) AS since
FROM (
    SELECT
        account.name,
        account.time_zone,
        CASE
            WHEN account.cadence = 'nightly' AND import.source <> 'portal'
                THEN (
                    date_trunc('day', import.received_at AT TIME ZONE account.time_zone)
                    + interval '1 day'
                ) AT TIME ZONE account.time_zone
            ELSE import.received_at
        END AS due_at
    FROM import
    JOIN account ON import.account_id = account.id
    WHERE import.state IN ('waiting', 'processing')
) AS unfinished
WHERE due_at < %(now)s - %(late)s
GROUP BY name, day
ORDER BY since, name
