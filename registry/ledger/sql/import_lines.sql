SELECT
    import.id,
    import.partition_key,
    import.format,
    import.source,
    import.file_name,
    import.byte_count,
    import.received_at,
    import.dry_run,
    import.state,
    import.reason,
    latest.number AS attempt,
    latest.run_id,
    latest.started_at,
    coalesce(inside.finished_at, latest.finished_at) AS finished_at,
    latest.fault_code,
    coalesce(inside.records, latest.records) AS records,
    coalesce(inside.created, latest.created) AS created,
    coalesce(inside.updated, latest.updated) AS updated,
    coalesce(inside.unchanged, latest.unchanged) AS unchanged,
    coalesce(inside.errored, latest.errored) AS errored,
    latest.missing,
    submission.user_name,
    submission.check_id,
    EXISTS (
        SELECT 1 FROM undone_attempt
        WHERE undone_attempt.import_id = import.id
    ) AND NOT EXISTS (
        SELECT 1 FROM attempt AS effective
        WHERE effective.import_id = import.id
            AND effective.state IN ('applied', 'finished')
            AND NOT EXISTS (
                SELECT 1 FROM undone_attempt
                WHERE undone_attempt.import_id = effective.import_id
                    AND undone_attempt.attempt = effective.number
            )
    ) OR (inside.undone > 0 AND inside.in_effect = 0) IS TRUE AS is_undone,
    import.parent_id,
    inside.members,
    inside.open AS members_open,
    inside.failed AS members_failed,
    inside.cancelled AS members_cancelled
FROM import
LEFT JOIN LATERAL (
    SELECT * FROM attempt
    WHERE attempt.import_id = import.id
    ORDER BY attempt.number DESC
    LIMIT 1
) AS latest ON TRUE
LEFT JOIN LATERAL (
    -- What became of an archive's members, together.
    SELECT
        count(*)::int AS members,
        count(*) FILTER (
            WHERE member.state IN ('waiting', 'processing', 'held')
        )::int AS open,
        count(*) FILTER (WHERE member.state = 'failed')::int AS failed,
        count(*) FILTER (WHERE member.state = 'cancelled')::int AS cancelled,
        count(*) FILTER (
            WHERE counted.state = 'finished' AND undone_attempt.attempt IS NULL
        )::int AS in_effect,
        count(undone_attempt.attempt)::int AS undone,
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
        ORDER BY attempt.number DESC
        LIMIT 1
    ) AS counted ON TRUE
    LEFT JOIN undone_attempt
        ON counted.import_id = undone_attempt.import_id
            AND counted.number = undone_attempt.attempt
    WHERE import.state = 'unpacked' AND member.parent_id = import.id
) AS inside ON import.state = 'unpacked'
LEFT JOIN submission ON import.id = submission.import_id
WHERE import.account_id = %(account)s AND {conditions}
ORDER BY import.received_at DESC, import.id DESC
LIMIT %(count)s
