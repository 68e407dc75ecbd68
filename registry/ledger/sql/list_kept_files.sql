SELECT
    import.sha256,
    min(import.partition_key) AS partition_key
FROM import
WHERE import.archive_pruned_at IS NULL
GROUP BY import.sha256
ORDER BY min(import.partition_key)
