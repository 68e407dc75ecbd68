WITH change AS (
    SELECT finished_at AS made_at FROM attempt WHERE finished_at IS NOT NULL
    UNION ALL
    SELECT decided_at FROM decision WHERE kind = 'undo'
)

SELECT
    count(*) AS changes,
    max(made_at) AS newest_at,
    (SELECT count(*) FROM import WHERE state = 'processing') AS processing,
    now() - max(made_at) AS newest,
    now() - min(made_at) FILTER (
        WHERE made_at > coalesce(%(since)s::timestamptz, '-infinity')
    ) AS oldest
FROM change
