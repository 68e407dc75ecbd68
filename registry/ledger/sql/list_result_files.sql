SELECT
    import.partition_key,
    result_file.name,
    result_file.sha256,
    result_file.kind
FROM result_file
JOIN import ON result_file.import_id = import.id
JOIN attempt
    ON result_file.import_id = attempt.import_id AND result_file.attempt = attempt.number
WHERE result_file.sha256 IS NOT NULL
    AND (%(since)s::timestamptz IS NULL OR attempt.finished_at >= %(since)s)
ORDER BY import.partition_key, result_file.name
