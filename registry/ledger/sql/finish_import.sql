-- An import that was cancelled stays so; its result says it.
UPDATE import SET
    reason = attempt.reason,
    state = CASE
        WHEN import.state = 'cancelled' THEN 'cancelled'
        WHEN attempt.state = 'failed' THEN 'failed'
        ELSE 'completed'
    END
FROM attempt
WHERE import.id = %(import_id)s
    AND attempt.import_id = import.id
    AND attempt.number = %(number)s
    AND attempt.state IN ('finished', 'failed')
    AND (
        (import.state = 'cancelled' AND attempt.fault_code = 'cancelled')
        OR (
            import.state IN ('processing', 'completed', 'failed')
            AND attempt.fault_code IS DISTINCT FROM 'cancelled'
        )
    )
