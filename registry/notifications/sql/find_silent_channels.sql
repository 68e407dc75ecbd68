SELECT
    channel,
    (array_agg(fault ORDER BY tried_at DESC))[1] AS fault,
    count(*) FILTER (WHERE told_at IS NULL AND given_up_at IS NULL) AS waiting,
    count(*) FILTER (WHERE given_up_at IS NOT NULL) AS given_up
FROM notification
WHERE channel = ANY(%(channels)s)
GROUP BY channel
HAVING (array_agg(fault ORDER BY tried_at DESC))[1] IS NOT NULL
ORDER BY channel
