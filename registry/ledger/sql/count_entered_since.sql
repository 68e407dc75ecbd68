-- What became of imports that the ledger entered since the time of an id, and of their rows over
-- all attempts. It reads by the order of ids, because times of receipt have no index of their own.
SELECT
    import.state,
    count(DISTINCT import.id) AS imports,
    coalesce(sum(attempt.created), 0)::bigint AS created,
    coalesce(sum(attempt.updated), 0)::bigint AS updated,
    coalesce(sum(attempt.unchanged), 0)::bigint AS unchanged,
    coalesce(sum(attempt.errored), 0)::bigint AS errored
FROM import
LEFT JOIN attempt ON import.id = attempt.import_id AND attempt.state <> 'open'
WHERE import.id >= %(since)s
GROUP BY import.state
