-- Says whether a further attempt is to be opened. Over an import that is over, claims begin anew.
WITH before AS (
    SELECT
        id,
        state IN ('completed', 'failed') AS is_over,
        (
            SELECT attempt.run_id FROM attempt
            WHERE attempt.import_id = import.id
            ORDER BY attempt.number DESC
            LIMIT 1
        ) AS last_run
    FROM import
    WHERE id = %(id)s AND state IN ('waiting', 'processing', 'completed', 'failed')
    FOR UPDATE
)

UPDATE import SET
    state = 'processing',
    reason = NULL,
    claims = CASE
        WHEN before.is_over THEN 1
        WHEN import.state = 'processing' AND before.last_run = %(run_id)s THEN import.claims
        ELSE import.claims + 1
    END
FROM before
WHERE import.id = before.id
RETURNING before.is_over
