-- Callers see one attempt of several: the latest that finished; else the latest that is over and
-- was not cancelled; else the latest. So an import that is run again keeps the state that its
-- caller was notified of, until the run made it better. An archive that was unpacked is what its
-- members are together: they are counted once all of them are over.
SELECT
    bulk_request.id,
    bulk_request.account_id,
    bulk_request.facility_id,
    bulk_request.dry_run,
    bulk_request.state,
    bulk_request.created_at,
    bulk_request.expires_at,
    CASE
        WHEN inside.open THEN 'processing'
        WHEN inside.completed THEN 'completed'
        WHEN inside.cancelled THEN 'cancelled'
        WHEN import.state = 'unpacked' THEN 'failed'
        -- Callers' programs know no further status: a held file is being processed.
        WHEN shown.finished_at IS NULL
            THEN coalesce(
                    CASE import.state WHEN 'held' THEN 'processing' ELSE import.state END,
                    bulk_request.state
                )
        WHEN shown.state = 'finished' THEN 'completed'
        WHEN shown.fault_code = 'cancelled' THEN 'cancelled'
        ELSE 'failed'
    END AS status,
    CASE WHEN shown.finished_at IS NULL THEN import.reason ELSE shown.reason END AS reason,
    import.received_at,
    shown.started_at,
    CASE import.state WHEN 'unpacked' THEN together.finished_at ELSE shown.finished_at END
        AS finished_at,
    coalesce(together.records, shown.records) AS records,
    coalesce(together.created, shown.created) AS created,
    coalesce(together.updated, shown.updated) AS updated,
    coalesce(together.unchanged, shown.unchanged) AS unchanged,
    coalesce(together.errored, shown.errored) AS errored,
    import.file_name,
    import.parent_id AS archive_id,
    shown.finished_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM result_file
        WHERE result_file.import_id = shown.import_id
            AND result_file.attempt = shown.number
            AND result_file.kind = 'result'
            AND result_file.sha256 IS NOT NULL
    ) AS has_result
FROM bulk_request
LEFT JOIN import ON bulk_request.id = import.id
LEFT JOIN LATERAL (
    SELECT * FROM attempt
    WHERE attempt.import_id = import.id
    ORDER BY
        attempt.state = 'finished' DESC,
        attempt.finished_at IS NOT NULL DESC,
        attempt.fault_code IS NOT DISTINCT FROM 'cancelled',
        attempt.number DESC
    LIMIT 1
) AS shown ON TRUE
LEFT JOIN LATERAL (
    SELECT
        bool_or(member.state IN ('waiting', 'processing', 'held')) AS open,
        bool_or(member.state = 'completed') AS completed,
        bool_and(member.state = 'cancelled') AS cancelled,
        max(counted.finished_at) AS finished_at,
        sum(counted.records)::int AS records,
        sum(counted.created)::int AS created,
        sum(counted.updated)::int AS updated,
        sum(counted.unchanged)::int AS unchanged,
        sum(counted.errored)::int AS errored
    FROM import AS member
    LEFT JOIN LATERAL (
        SELECT * FROM attempt
        WHERE attempt.import_id = member.id
        ORDER BY attempt.state = 'finished' DESC, attempt.number DESC
        LIMIT 1
    ) AS counted ON TRUE
    WHERE import.state = 'unpacked' AND member.parent_id = import.id
) AS inside ON TRUE
LEFT JOIN LATERAL (
    SELECT inside.* WHERE NOT inside.open
) AS together ON TRUE
WHERE bulk_request.account_id = %(account)s AND {condition}
ORDER BY bulk_request.id DESC
LIMIT %(count)s
