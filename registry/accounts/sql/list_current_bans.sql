SELECT
    action,
    account_id,
    user_name,
    address,
    refused,
    file_name,
    byte_count,
    detail,
    at,
    door
FROM access_event AS ban
WHERE action = 'ban'
    AND at > now() - make_interval(secs => %(ban_seconds)s)
    AND NOT EXISTS (
        SELECT FROM access_event AS later
        WHERE later.action IN ('unban', 'ban')
            AND later.id > ban.id
            AND (later.address = ban.address OR later.user_name = ban.user_name)
    )
ORDER BY id DESC
