INSERT INTO file_hold (import_id, attempt, account_id, held_at, reason)
SELECT id, %(number)s, account_id, %(now)s, %(reason)s FROM import
WHERE id = %(import_id)s
