-- The pairs that wait for a judgement are counted here because every page shows their number.
SELECT
    portal_session.sha256,
    portal_session.csrf_token,
    portal_session.account_id AS at_account,
    portal_session.seen_at,
    CASE
        WHEN portal_user.role = ANY(%(reviewing_roles)s)
            THEN (
                SELECT count(*) FROM (
                    SELECT FROM review
                    WHERE review.account_id = portal_session.account_id AND review.state = 'open'
                    LIMIT %(max_pairs)s -- noqa: AM09
                ) AS waiting
            )
        ELSE 0
    END AS waiting_pairs,
    {user_columns}
FROM portal_session
JOIN portal_user ON portal_session.user_id = portal_user.id
WHERE portal_session.sha256 = %(sha256)s
    AND NOT portal_user.disabled
    AND portal_session.seen_at > %(seen_after)s
    AND portal_session.created_at > %(created_after)s
