SELECT
    count(*) AS attempts,
    max(finished_at) AS newest_at,
    (SELECT count(*) FROM import WHERE state = 'processing') AS processing,
    now() - min(finished_at) FILTER (
        WHERE finished_at > coalesce(%(since)s::timestamptz, '-infinity')
    ) AS oldest
FROM attempt
WHERE finished_at IS NOT NULL
