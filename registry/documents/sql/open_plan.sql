-- The plan is due again after a while: a run that is killed from here on is followed by another
-- one then, and not at once and for ever.
INSERT INTO document_plan (import_id, account_id, state)
VALUES (%(import_id)s, %(account_id)s, 'open')
ON CONFLICT (import_id) DO UPDATE
    SET
        state = 'open',
        only_asked = document_plan.only_asked AND NOT %(again)s,
        fault = NULL,
        due_at = now() + make_interval(secs => %(after_kill_seconds)s)
RETURNING only_asked
