-- Each count is known by one stage first; of errored rows, later stages only find more.
SELECT
    coalesce(array_agg(stage ORDER BY started_at), '{}') AS stages,
    max(records) AS records,
    max(created) AS created,
    max(updated) AS updated,
    max(unchanged) AS unchanged,
    max(errored) AS errored
FROM attempt_stage
WHERE import_id = %(id)s AND attempt = (
        SELECT max(number) FROM attempt
        WHERE import_id = %(id)s AND number > %(after)s
    )
