UPDATE document_plan
SET
    total = counted.total + document_plan.not_asked,
    processing = counted.processing,
    completed = counted.completed,
    failed = counted.failed,
    not_configured = counted.not_configured + document_plan.not_asked,
    opted_out = counted.opted_out,
    found = counted.found,
    counted_at = now()
FROM (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE state = 'processing') AS processing,
        count(*) FILTER (WHERE state = 'completed') AS completed,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'not-configured') AS not_configured,
        count(*) FILTER (WHERE state = 'opted-out') AS opted_out,
        coalesce(sum(found), 0) AS found
    FROM document_query
    WHERE import_id = %(import_id)s
) AS counted
WHERE document_plan.import_id = %(import_id)s
