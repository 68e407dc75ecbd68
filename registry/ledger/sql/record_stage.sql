INSERT INTO attempt_stage (
    import_id,
    attempt,
    stage,
    started_at,
    seconds,
    records,
    created,
    updated,
    unchanged,
    errored
) VALUES (
    %(import)s,
    %(attempt)s,
    %(stage)s,
    %(started_at)s,
    %(seconds)s,
    %(records)s,
    %(created)s,
    %(updated)s,
    %(unchanged)s,
    %(errored)s
)
ON CONFLICT (import_id, attempt, stage) DO UPDATE SET
    started_at = excluded.started_at,
    seconds = excluded.seconds,
    records = excluded.records,
    created = excluded.created,
    updated = excluded.updated,
    unchanged = excluded.unchanged,
    errored = excluded.errored
