-- A query that ends its process each time would be sent for ever without a last try.
UPDATE document_query
SET
    claimed_at = NULL,
    next_try_at = now(),
    reason = 'cut_off',
    state = CASE WHEN tries >= %(max_tries)s THEN 'failed' ELSE state END
WHERE import_id = %(import_id)s AND state = 'processing' AND claimed_at IS NOT NULL
