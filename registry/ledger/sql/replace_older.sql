-- An import that is being processed keeps its name: when its run takes its file out of Pending, it
-- finds other bytes there and leaves them.
UPDATE import SET
    drop_name = CASE state WHEN 'processing' THEN drop_name END,
    reason = CASE state WHEN 'waiting' THEN %(reason)s ELSE reason END,
    state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END
WHERE account_id = %(account)s
    AND drop_name = %(name)s
    AND drop_place = %(place)s
    AND id <> %(id)s
RETURNING received_at
