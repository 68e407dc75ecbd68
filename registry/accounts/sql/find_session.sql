-- What waits for a judgement is counted here because every page shows its number.
SELECT
    portal_session.sha256,
    portal_session.csrf_token,
    portal_session.account_id AS at_account,
    portal_session.seen_at,
    portal_session.method,
    portal_session.has_second_factor,
    portal_session.address,
    portal_session.browser,
    account.settings AS account_settings,
    CASE
        WHEN portal_user.role = ANY(%(reviewing_roles)s)
            THEN (
                SELECT count(*) FROM (
                    SELECT FROM review
                    WHERE review.account_id = portal_session.account_id AND review.state = 'open'
                    UNION ALL
                    SELECT FROM identity_review
                    WHERE
                        identity_review.account_id = portal_session.account_id
                        AND identity_review.state = 'open'
                    LIMIT %(max_pairs)s -- noqa: AM09
                ) AS waiting
            )
        ELSE 0
    END AS waiting_pairs,
    {user_columns}
FROM portal_session
JOIN portal_person_of_session(%(sha256)s) AS portal_user ON portal_session.user_id = portal_user.id
LEFT JOIN account ON portal_user.account_id = account.id
WHERE portal_session.sha256 = %(sha256)s
    AND NOT portal_user.disabled
    AND portal_session.generation = portal_user.session_generation
    AND portal_session.seen_at > %(seen_after)s
    AND portal_session.created_at > %(created_after)s
