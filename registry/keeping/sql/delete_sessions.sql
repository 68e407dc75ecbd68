DELETE FROM portal_session
WHERE seen_at < %(before)s
