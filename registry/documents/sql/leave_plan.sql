-- A plan that is `wanted` again, by an attempt that ended meanwhile, stays due at once.
UPDATE document_plan
SET
    fault = NULL,
    state = CASE WHEN processing = 0 THEN 'settled' ELSE state END,
    due_at = greatest(
        now() + make_interval(secs => %(not_before)s),
        (
            SELECT min(document_query.next_try_at) FROM document_query
            WHERE document_query.import_id = document_plan.import_id
                AND document_query.state = 'processing'
        )
    )
WHERE import_id = %(import_id)s AND state = 'open'
