SELECT
    count(*)::int AS files,
    count(*) FILTER (WHERE import.state = 'failed')::int AS failed,
    count(*) FILTER (WHERE import.state IN ('waiting', 'processing'))::int AS under_way,
    coalesce(sum(latest.records), 0)::int AS records,
    coalesce(sum(latest.created), 0)::int AS created,
    coalesce(sum(latest.updated), 0)::int AS updated,
    coalesce(sum(latest.unchanged), 0)::int AS unchanged,
    coalesce(sum(latest.errored), 0)::int AS errored
FROM import
LEFT JOIN LATERAL (
    SELECT * FROM attempt
    WHERE attempt.import_id = import.id
    ORDER BY attempt.number DESC
    LIMIT 1
) AS latest ON TRUE
WHERE import.account_id = %(account)s
    AND import.state <> 'unpacked'
    AND {is_recent}
