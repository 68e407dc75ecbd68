SELECT
    %(since)s <= %(until)s
    AND count(*) FILTER (WHERE registry_version > %(since)s) = %(until)s - %(since)s
    AND coalesce(min(id::text) FILTER (WHERE registry_version = %(since)s), '')
    = coalesce(%(change_set)s::text, '')
FROM change_set
WHERE account_id = %(account)s AND registry_version BETWEEN %(since)s AND %(until)s
