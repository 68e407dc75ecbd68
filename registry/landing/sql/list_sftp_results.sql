-- Results of files that came into Pending, unless they are so old that they were pruned.
SELECT
    result_file.name,
    result_file.sha256,
    coalesce(result_file.byte_count, -1) AS byte_count,
    coalesce(attempt.finished_at, attempt.started_at) AS written_at,
    import.partition_key
FROM result_file
JOIN import ON result_file.import_id = import.id
JOIN attempt
    ON result_file.import_id = attempt.import_id AND result_file.attempt = attempt.number
WHERE result_file.account_id = %(account)s
    AND result_file.kind IN ('result', 'failed_workbook')
    AND result_file.sha256 IS NOT NULL
    AND import.source IN ('sftp', 'drop')
    AND (%(name)s::text IS NULL OR result_file.name = %(name)s)
    AND (
        %(since)s::timestamptz IS NULL
        OR attempt.finished_at IS NULL
        OR attempt.finished_at >= %(since)s
    )
