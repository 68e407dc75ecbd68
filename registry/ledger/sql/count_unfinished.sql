-- Imports that are not over, by state, and how long ago the oldest of each was received.
SELECT
    state,
    count(*) AS imports,
    extract(EPOCH FROM %(now)s - min(received_at))::float AS oldest_seconds
FROM import
WHERE state IN ('waiting', 'processing')
GROUP BY state
