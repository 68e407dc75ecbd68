SELECT
    import.id AS import_id,
    account.name AS account,
    import.partition_key,
    import.source,
    import.file_name,
    import.received_at,
    file_hold.held_at,
    file_hold.reason,
    file_hold.decision,
    file_hold.decided_at,
    file_hold.decided_by,
    -- Of an outcome that no row has, the stage says nothing.
    CASE
        WHEN stage.import_id IS NULL THEN '{}'
        ELSE json_build_object(
                'created', coalesce(stage.created, 0),
                'updated', coalesce(stage.updated, 0),
                'unchanged', coalesce(stage.unchanged, 0),
                'errored', coalesce(stage.errored, 0)
            )
    END AS counts
FROM file_hold
JOIN import ON file_hold.import_id = import.id
JOIN account ON import.account_id = account.id
LEFT JOIN attempt_stage AS stage
    ON file_hold.import_id = stage.import_id
        AND file_hold.attempt = stage.attempt
        AND stage.stage = 'matched_patients'
WHERE (%(account)s::int IS NULL OR file_hold.account_id = %(account)s)
    AND CASE
        WHEN %(import)s::uuid IS NULL THEN file_hold.decision IS NULL AND import.state = 'held'
        ELSE file_hold.import_id = %(import)s
    END
ORDER BY file_hold.held_at, import.id
