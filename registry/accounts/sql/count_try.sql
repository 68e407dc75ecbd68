-- One more try, written before anybody judges it: tries that come together each get a number of
-- their own. A full count stays full until `window_seconds` after its last try, any other is over
-- `window_seconds` after its first. The caller rolls a try beyond the limit back.
INSERT INTO sign_in_count AS kept (kind, address, user_name, tries, began_at, last_at)
VALUES (%(kind)s, %(address)s, %(user_name)s, 1, now(), now())
ON CONFLICT (kind, address, user_name) DO UPDATE
    SET
        (tries, began_at, last_at) = (
            SELECT
                CASE WHEN is_over THEN 1 ELSE kept.tries + 1 END,
                CASE WHEN is_over THEN now() ELSE kept.began_at END,
                now()
            FROM (
                SELECT
                    CASE WHEN kept.tries < %(most)s THEN kept.began_at ELSE kept.last_at END
                    <= now() - make_interval(secs => %(window_seconds)s) AS is_over
            ) AS age
        )
RETURNING
    tries,
    coalesce(signed_in_at > now() - make_interval(days => %(known_days)s), false) AS is_known
