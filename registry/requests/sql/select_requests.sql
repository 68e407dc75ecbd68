-- Callers see one attempt of several: the latest that finished; else the latest that is over and
-- was not cancelled; else the latest. So an import that is run again keeps the state that its
-- caller was notified of, until the run made it better.
SELECT
    bulk_request.id,
    bulk_request.account_id,
    bulk_request.facility_id,
    bulk_request.dry_run,
    bulk_request.state,
    bulk_request.created_at,
    bulk_request.expires_at,
    CASE
        -- Callers' programs know no further status: a held file is being processed.
        WHEN shown.finished_at IS NULL
            THEN coalesce(
                    CASE import.state WHEN 'held' THEN 'processing' ELSE import.state END,
                    bulk_request.state
                )
        WHEN shown.state = 'finished' THEN 'completed'
        WHEN shown.fault_code = 'cancelled' THEN 'cancelled'
        ELSE 'failed'
    END AS status,
    CASE WHEN shown.finished_at IS NULL THEN import.reason ELSE shown.reason END AS reason,
    import.received_at,
    shown.started_at,
    shown.finished_at,
    shown.records,
    shown.created,
    shown.updated,
    shown.unchanged,
    shown.errored,
    shown.finished_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM result_file
        WHERE result_file.import_id = shown.import_id
            AND result_file.attempt = shown.number
            AND result_file.kind = 'result'
            AND result_file.sha256 IS NOT NULL
    ) AS has_result
FROM bulk_request
LEFT JOIN import ON bulk_request.id = import.id
LEFT JOIN LATERAL (
    SELECT * FROM attempt
    WHERE attempt.import_id = import.id
    ORDER BY
        attempt.state = 'finished' DESC,
        attempt.finished_at IS NOT NULL DESC,
        attempt.fault_code IS NOT DISTINCT FROM 'cancelled',
        attempt.number DESC
    LIMIT 1
) AS shown ON TRUE
WHERE bulk_request.account_id = %(account)s AND {condition}
ORDER BY bulk_request.id DESC
LIMIT %(count)s
