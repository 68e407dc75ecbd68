SELECT
    account.registry_version AS number,
    change_set.id AS change_set
FROM account
LEFT JOIN change_set
    ON account.id = change_set.account_id
        AND account.registry_version = change_set.registry_version
WHERE account.id = %(account)s
