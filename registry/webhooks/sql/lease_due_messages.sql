-- Takes up the messages whose time has come. Messages of one import go out in their order, so only
-- the first undelivered one of each import is looked at; a receiver that hangs holds up a few
-- messages of its own account only. The last step looks at each message again, because another
-- process may have taken it up since, and skips those that one is taking up now.
WITH undelivered AS (
    SELECT
        id,
        account_id,
        import_id,
        next_try_at,
        row_number() OVER (PARTITION BY import_id ORDER BY id) AS place_in_import
    FROM webhook_message
    WHERE delivered_at IS NULL AND given_up_at IS NULL
),

ready AS (
    SELECT
        undelivered.id,
        undelivered.next_try_at,
        row_number() OVER (
            PARTITION BY undelivered.account_id
            ORDER BY undelivered.next_try_at, undelivered.id
        ) AS turn_of_account
    FROM undelivered
    JOIN webhook ON undelivered.account_id = webhook.account_id
    WHERE undelivered.place_in_import = 1
        AND undelivered.next_try_at <= %(now)s
        AND webhook.url IS NOT NULL
        AND undelivered.account_id <> ALL(%(busy)s::integer[])
),

chosen AS (
    SELECT id FROM webhook_message
    WHERE next_try_at <= %(now)s
        AND delivered_at IS NULL
        AND given_up_at IS NULL
        AND id IN (
            SELECT id FROM ready
            WHERE turn_of_account <= %(per_account)s
            ORDER BY next_try_at
            LIMIT %(limit)s
        )
    FOR UPDATE SKIP LOCKED
)

UPDATE webhook_message
SET next_try_at = %(leased_until)s, tries = webhook_message.tries + 1
FROM chosen, webhook
WHERE webhook_message.id = chosen.id AND webhook.account_id = webhook_message.account_id
RETURNING
    webhook_message.id,
    webhook_message.message_id,
    webhook_message.account_id,
    webhook_message.import_id,
    webhook_message.state,
    webhook_message.reason,
    webhook_message.created_at,
    webhook_message.tries,
    webhook.url,
    webhook.key
