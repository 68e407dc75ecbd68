-- Files that were taken out of Pending since the backup began: one that was copied before would
-- be imported a second time.
SELECT
    account.name AS account,
    import.file_name,
    import.sha256
FROM import
JOIN account ON import.account_id = account.id
WHERE import.source IN ('drop', 'sftp')
    AND import.drop_name IS NULL
    AND (
        import.state = 'processing'
        OR EXISTS (
            SELECT 1 FROM attempt
            WHERE attempt.import_id = import.id AND attempt.finished_at >= %(begun)s
        )
    )
