-- Finds the account of an API key among all accounts; from the next statement on, only the rows of
-- that account are seen.
SELECT
    {account_columns},
    api_key.id,
    api_key.name,
    api_key.scope,
    api_key.last_used_at,
    {account_scope}
FROM api_key
JOIN account ON api_key.account_id = account.id
WHERE api_key.sha256 = %(sha256)s AND api_key.revoked_at IS NULL
