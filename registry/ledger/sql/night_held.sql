SELECT
    import.partition_key AS key,
    account.name AS account,
    import.state,
    NULL AS fault_code,
    file_hold.held_at AS since,
    attempt.run_id,
    1 AS tries,
    FALSE AS lacks_result,
    import.id AS import_id,
    file_hold.reason
FROM file_hold
JOIN import ON file_hold.import_id = import.id
JOIN account ON import.account_id = account.id
JOIN attempt
    ON file_hold.import_id = attempt.import_id AND file_hold.attempt = attempt.number
WHERE file_hold.decision IS NULL
    AND import.state = 'held'
    AND (%(account)s::text IS NULL OR account.name = %(account)s)
ORDER BY file_hold.held_at
