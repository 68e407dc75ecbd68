SELECT
    import.partition_key,
    result_file.name
FROM result_file
JOIN import ON result_file.import_id = import.id
JOIN attempt
    ON result_file.import_id = attempt.import_id AND result_file.attempt = attempt.number
WHERE import.state NOT IN ('waiting', 'processing', 'held')
    AND attempt.finished_at < %(before)s
    AND result_file.sha256 IS NOT NULL
ORDER BY import.partition_key, result_file.name
