DELETE FROM notification
WHERE tried_at < %(before)s
