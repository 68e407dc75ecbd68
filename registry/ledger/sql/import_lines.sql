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
    latest.finished_at,
    latest.fault_code,
    latest.records,
    latest.created,
    latest.updated,
    latest.unchanged,
    latest.errored,
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
    ) AS is_undone
FROM import
LEFT JOIN LATERAL (
    SELECT * FROM attempt
    WHERE attempt.import_id = import.id
    ORDER BY attempt.number DESC
    LIMIT 1
) AS latest ON TRUE
LEFT JOIN submission ON import.id = submission.import_id
WHERE import.account_id = %(account)s AND {conditions}
ORDER BY import.received_at DESC, import.id DESC
LIMIT %(count)s
