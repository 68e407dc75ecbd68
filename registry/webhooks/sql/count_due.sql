-- Messages that are not delivered yet and whose account has an address, and the age of the oldest.
SELECT
    count(*) AS messages,
    coalesce(extract(EPOCH FROM %(now)s - min(webhook_message.created_at)), 0)::float AS seconds
FROM webhook_message
JOIN webhook ON webhook_message.account_id = webhook.account_id
WHERE webhook_message.delivered_at IS NULL
    AND webhook_message.given_up_at IS NULL
    AND webhook.url IS NOT NULL
