UPDATE import
SET {archived_at} = %(now)s
WHERE id < %(bound)s AND {archived_at} IS NULL
