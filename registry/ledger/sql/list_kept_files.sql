SELECT
    import.sha256,
    min(import.partition_key) AS partition_key
FROM import
GROUP BY import.sha256
ORDER BY min(import.partition_key)
