-- Files that came by themselves and were imported; each as its latest attempt in effect left it.
SELECT
    latest.records,
    latest.errored,
    coalesce(latest.changed_identities, 0) AS changed_identities,
    latest.missing
FROM import
CROSS JOIN
    LATERAL (
        SELECT records, errored, changed_identities, missing FROM attempt
        WHERE attempt.import_id = import.id
            AND attempt.state = 'finished'
            AND NOT EXISTS (
                SELECT FROM undone_attempt
                WHERE undone_attempt.import_id = attempt.import_id
                    AND undone_attempt.attempt = attempt.number
            )
        ORDER BY attempt.number DESC
        LIMIT 1
    ) AS latest
WHERE import.account_id = %(account)s
    AND import.format = %(format)s
    AND import.state = 'completed'
    AND import.source <> 'portal'
    AND NOT import.dry_run
    AND (import.ordered_at, import.id) < (%(ordered_at)s, %(id)s)
    AND NOT EXISTS (SELECT FROM patient_call WHERE patient_call.import_id = import.id)
ORDER BY import.ordered_at DESC, import.id DESC
LIMIT %(limit)s
