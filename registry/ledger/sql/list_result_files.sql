SELECT
    import.partition_key,
    result_file.name,
    result_file.sha256,
    result_file.kind
FROM result_file
JOIN import ON result_file.import_id = import.id
WHERE result_file.sha256 IS NOT NULL
ORDER BY import.partition_key, result_file.name
