WITH latest AS (
    SELECT latest_attempt.* FROM {latest_attempts} AS latest_attempt
),

ended AS (
    SELECT * FROM latest
    WHERE finished_at > began_at AND finished_at <= ended_at
),

first_result AS (
    SELECT import_id, min(finished_at) AS finished_at FROM attempt
    WHERE import_id IN (SELECT import_id FROM ended)
    GROUP BY import_id
)

SELECT
    ended.name AS account,
    count(*) AS files,
    count(*) FILTER (WHERE ended.fault_code IS NOT NULL) AS failed,
    sum(ended.records) AS records,
    sum(ended.created) AS created,
    sum(ended.updated) AS updated,
    sum(ended.unchanged) AS unchanged,
    sum(ended.errored) AS errored,
    sum(ended.missing) AS missing,
    (
        SELECT avg(share)::float FROM (
            SELECT latest.errored::float / latest.records AS share
            FROM latest
            WHERE latest.account_id = ended.account_id
                AND latest.finished_at <= latest.began_at
                AND latest.records > 0
            ORDER BY latest.finished_at DESC
            LIMIT %(usual_imports)s
        ) AS earlier
    ) AS usual_share,
    max(
        extract(EPOCH FROM first_result.finished_at - ended.received_at)
    )::float AS slowest_seconds
FROM ended
JOIN first_result USING (import_id)
GROUP BY ended.account_id, ended.name
ORDER BY ended.name
