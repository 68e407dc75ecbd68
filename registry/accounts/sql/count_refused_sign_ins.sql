-- Of the last minutes, and since the subject was last banned or unbanned.
SELECT count(*) FROM access_event
WHERE {subject} = %(value)s
    AND action = 'sign_in'
    AND refused
    AND at > now() - make_interval(secs => %(ban_seconds)s)
    AND id > coalesce(
        (
            SELECT max(ban.id) FROM access_event AS ban
            WHERE ban.{subject} = %(value)s AND ban.action IN ('ban', 'unban')
        ),
        0
    )
