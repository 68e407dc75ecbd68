SELECT {columns}
FROM decision
WHERE
    decision.import_id = ANY(%(imports)s)
    AND decision.kind = 'undo'
    AND NOT EXISTS (
        SELECT FROM attempt
        WHERE
            attempt.import_id = decision.import_id
            AND attempt.number > decision.attempt
            AND attempt.state = ANY(%(done)s)
    )
ORDER BY decision.attempt
