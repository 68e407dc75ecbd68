INSERT INTO attempt_stage (import_id, attempt, stage, started_at, seconds, {counts})
VALUES (
    %(import)s, %(attempt)s, %(stage)s, %(started_at)s, %(seconds)s, {values}
)
ON CONFLICT (import_id, attempt, stage) DO UPDATE SET
    started_at = excluded.started_at,
    seconds = excluded.seconds,
    {assignments}
