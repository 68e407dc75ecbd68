-- Each count is known by one stage first; of errored rows, later stages only find more.
SELECT
    coalesce(array_agg(stage ORDER BY started_at), '{{}}') AS stages,
    {greatest_counts}
FROM attempt_stage
WHERE import_id = %(id)s AND attempt = (
    SELECT max(number) FROM attempt WHERE import_id = %(id)s AND number > %(after)s
)
