-- Beside an import that is being processed there may be one of a file that came since: that one
-- counts.
SELECT {columns} FROM import
WHERE account_id = %(account)s AND drop_name = %(name)s AND drop_place = %(place)s
ORDER BY state = 'processing'
LIMIT 1
