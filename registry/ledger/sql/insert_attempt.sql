INSERT INTO attempt (import_id, number, run_id) VALUES (%(import_id)s, %(number)s, %(run_id)s)
