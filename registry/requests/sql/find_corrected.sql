SELECT split_part(corrected.token, ' ', 2)
FROM submission AS own
JOIN submission AS corrected
    ON corrected.import_id IN (own.import_id, own.check_id)
WHERE own.import_id = %(import)s
    AND corrected.account_id = %(account)s
    AND split_part(corrected.token, ' ', 1) = 'corrected'
ORDER BY corrected.token
LIMIT 1
