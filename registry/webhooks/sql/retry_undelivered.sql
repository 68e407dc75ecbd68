-- A message whose delivery is under way is left alone: its attempt is not in the log yet.
UPDATE webhook_message
SET next_try_at = %(now)s, given_up_at = NULL
WHERE account_id = %(account)s
    AND delivered_at IS NULL
    AND (
        tries = 0
        OR next_try_at <= %(now)s
        OR EXISTS (
            SELECT FROM webhook_try
            WHERE webhook_try.message = webhook_message.id
                AND webhook_try.number = webhook_message.tries
        )
    )
