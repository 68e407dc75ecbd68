-- Beside an import that is being processed there may be one of a file that came since: that one
-- counts, so it comes last.
SELECT {columns} FROM import
WHERE account_id = %(account)s AND drop_name IS NOT NULL AND drop_place = %(place)s
ORDER BY state <> 'processing'
