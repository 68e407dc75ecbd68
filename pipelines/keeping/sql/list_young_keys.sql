-- Imports that are not over, or of which something happened since the time.
SELECT import.partition_key
FROM import
LEFT JOIN LATERAL (
    SELECT max(coalesce(attempt.finished_at, attempt.started_at)) AS last_at
    FROM attempt
    WHERE attempt.import_id = import.id
) AS attempts ON TRUE
WHERE import.state IN ('waiting', 'processing', 'held')
    OR greatest(import.received_at, attempts.last_at) >= %(since)s
