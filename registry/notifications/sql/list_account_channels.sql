SELECT
    account_channel.id,
    account_channel.account_id,
    account.name AS account,
    account.time_zone,
    account_channel.name,
    account_channel.address,
    account_channel.kinds,
    account_channel.daily
FROM account_channel
JOIN account ON account_channel.account_id = account.id
WHERE %(account)s::int IS NULL OR account_channel.account_id = %(account)s
ORDER BY account.name, account_channel.name
