-- sqlfluff:dialect:postgres
SELECT
    import.id AS import_id,
    import.partition_key,
    import.ordered_at
FROM import
WHERE
    import.account_id = (
        SELECT this_import.account_id
        FROM import AS this_import
        WHERE this_import.id = %(import_id)s
    )
    AND NOT import.dry_run
    AND (import.ordered_at, import.id) > (%(ordered_at)s, %(import_id)s)
    AND EXISTS (
        SELECT 1
        FROM attempt
        WHERE
            attempt.import_id = import.id
            AND attempt.state IN ('applied', 'finished')
            AND NOT EXISTS (
                SELECT FROM undone_attempt
                WHERE
                    undone_attempt.import_id = attempt.import_id
                    AND undone_attempt.attempt = attempt.number
            )
    )
