WITH old AS (
    SELECT id FROM webhook_message
    WHERE coalesce(delivered_at, given_up_at) < %(before)s
),

tries AS (
    DELETE FROM webhook_try
    USING old
    WHERE webhook_try.message = old.id
)

DELETE FROM webhook_message
USING old
WHERE webhook_message.id = old.id
