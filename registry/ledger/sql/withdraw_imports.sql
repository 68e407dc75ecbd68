UPDATE import SET
    drop_name = NULL,
    reason = CASE state WHEN 'waiting' THEN %(reason)s ELSE reason END,
    state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END
WHERE id = ANY(%(ids)s) AND state <> 'processing'
RETURNING received_at
