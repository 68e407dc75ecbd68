-- The latest attempt that ended of each import but dry runs, with the night of its account: the 24
-- hours until noon of the day where the account is, or until now. One that a person cancelled is no
-- failure; it leaves its import as it was before. Of an archive its members count, and not itself.
SELECT DISTINCT ON (attempt.import_id)
    attempt.*,
    import.account_id,
    import.partition_key,
    import.format,
    import.received_at,
    night.name,
    night.began_at,
    night.ended_at
FROM attempt
JOIN import ON attempt.import_id = import.id
JOIN (
    SELECT id, name, ended_at, ended_at - %(length)s AS began_at
    FROM (
        SELECT
            id,
            name,
            coalesce((%(day)s::date + time '12:00') AT TIME ZONE time_zone, now()) AS ended_at
        FROM account
        WHERE %(account)s::text IS NULL OR name = %(account)s
    ) AS chosen
) AS night ON import.account_id = night.id
WHERE attempt.finished_at IS NOT NULL
    AND NOT import.dry_run
    AND attempt.fault_code IS DISTINCT FROM 'cancelled'
    AND attempt.state <> 'unpacked'
ORDER BY attempt.import_id ASC, attempt.number DESC
