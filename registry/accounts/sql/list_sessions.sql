SELECT
    id,
    sha256,
    method,
    address,
    browser,
    created_at,
    seen_at
FROM portal_session
WHERE user_id = %(user_id)s
    AND generation = %(generation)s
    AND seen_at > %(seen_after)s
    AND created_at > %(created_after)s
ORDER BY seen_at DESC, id DESC
