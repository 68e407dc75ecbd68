SELECT registry_version, id, attempt
FROM change_set
WHERE account_id = %(account)s
    AND (%(version)s::bigint IS NULL OR registry_version <= %(version)s)
ORDER BY registry_version DESC
LIMIT %(count)s
