DELETE FROM access_event
WHERE at < %(before)s
