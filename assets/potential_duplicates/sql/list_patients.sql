-- sqlfluff:dialect:postgres
SELECT id
FROM patient
WHERE account_id = %(account_id)s AND id > %(after)s
ORDER BY id
LIMIT %(count)s
