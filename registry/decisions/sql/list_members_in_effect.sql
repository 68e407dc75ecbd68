SELECT
    import.parent_id,
    array_agg(import.id) AS members
FROM import
WHERE import.parent_id = ANY(%(archives)s)
    AND NOT import.dry_run
    AND EXISTS (
        SELECT FROM attempt
        WHERE attempt.import_id = import.id AND attempt.state = ANY(%(done)s)
    )
GROUP BY import.parent_id
