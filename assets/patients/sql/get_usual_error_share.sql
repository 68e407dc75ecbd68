-- sqlfluff:dialect:postgres
SELECT avg(share)
FROM (
    SELECT attempt.errored::float / attempt.records AS share
    FROM attempt
    JOIN import ON attempt.import_id = import.id
    WHERE
        import.account_id = %(account_id)s
        AND import.id <> %(import_id)s
        AND attempt.records > 0
    ORDER BY attempt.started_at DESC
    LIMIT %(limit)s
) AS recent
