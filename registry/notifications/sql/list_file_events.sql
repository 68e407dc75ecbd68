-- Imports of the last week are looked at: one that was received longer ago is no news.
WITH recent AS (
    SELECT
        import.id AS import_id,
        import.account_id,
        import.partition_key,
        import.state
    FROM import
    WHERE import.account_id IN (SELECT account_channel.account_id FROM account_channel)
        AND import.received_at > %(now)s - interval '7 days'
        AND NOT import.dry_run
        AND NOT EXISTS (SELECT FROM patient_call WHERE patient_call.import_id = import.id)
)

SELECT
    recent.account_id,
    CASE recent.state WHEN 'completed' THEN 'finished' ELSE recent.state END AS kind,
    recent.partition_key,
    recent.import_id,
    coalesce(latest.finished_at, file_hold.held_at) AS at,
    latest.records,
    latest.created,
    latest.updated,
    latest.unchanged,
    latest.errored,
    latest.missing
FROM recent
CROSS JOIN
    LATERAL (
        SELECT * FROM attempt
        WHERE attempt.import_id = recent.import_id
        ORDER BY attempt.number DESC
        LIMIT 1
    ) AS latest
LEFT JOIN file_hold
    ON recent.import_id = file_hold.import_id AND file_hold.decision IS NULL
WHERE (
    (recent.state IN ('completed', 'failed') AND latest.finished_at IS NOT NULL)
    OR (recent.state = 'held' AND file_hold.held_at IS NOT NULL)
)
AND coalesce(latest.finished_at, file_hold.held_at) > %(now)s - interval '24 hours'
ORDER BY at, recent.partition_key
