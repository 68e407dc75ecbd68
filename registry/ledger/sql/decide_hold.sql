UPDATE file_hold SET decision = %(decision)s, decided_at = %(now)s, decided_by = %(by)s
WHERE import_id = %(id)s AND decision IS NULL
