UPDATE change_set
SET searched_at = now()
FROM import
WHERE import.id = %(import_id)s
    AND change_set.account_id = import.account_id
    AND change_set.id = import.id
    AND change_set.searched_at IS NULL
