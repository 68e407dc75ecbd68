SELECT
    webhook_message.message_id,
    webhook_message.import_id,
    webhook_message.state,
    webhook_try.number,
    webhook_try.tried_at,
    webhook_try.seconds,
    webhook_try.http_status,
    webhook_try.fault
FROM webhook_try
JOIN webhook_message ON webhook_try.message = webhook_message.id
WHERE webhook_try.account_id = %(account)s
ORDER BY webhook_try.tried_at DESC, webhook_try.message DESC
LIMIT %(limit)s
