-- The result of the attempt that callers see, chosen as in select_requests.sql.
SELECT import.partition_key, result_file.name, result_file.sha256
FROM import
CROSS JOIN
    LATERAL (
        SELECT * FROM attempt
        WHERE attempt.import_id = import.id
        ORDER BY
            attempt.state = 'finished' DESC,
            attempt.finished_at IS NOT NULL DESC,
            attempt.fault_code IS NOT DISTINCT FROM 'cancelled',
            attempt.number DESC
        LIMIT 1
    ) AS shown
JOIN result_file
    ON shown.import_id = result_file.import_id
        AND shown.number = result_file.attempt
        AND result_file.kind = %(kind)s
        AND result_file.sha256 IS NOT NULL
WHERE import.account_id = %(account)s
    AND import.id = %(id)s
    AND shown.finished_at IS NOT NULL
