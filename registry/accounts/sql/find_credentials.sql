-- Among the users of all accounts. Keys are looked for where there is no such user too, so
-- that both cost the same; such a row has no id.
SELECT
    found.id,
    found.account_id,
    found.name,
    found.has_password,
    found.password_hash,
    found.disabled,
    found.allowed_networks,
    ARRAY(
        SELECT sftp_key.fingerprint FROM sftp_key
        WHERE sftp_key.user_id = coalesce(found.id, %(nobody)s)
    ) AS fingerprints
FROM unnest(%(names)s::text[]) AS asked (name)
LEFT JOIN sftp_users_named(%(names)s::text[]) AS found ON asked.name = found.name
