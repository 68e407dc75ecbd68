-- Files that the ledger knows to stand in Pending: without them, their imports would be withdrawn.
SELECT
    account.name AS account,
    import.drop_name,
    import.sha256
FROM import
JOIN account ON import.account_id = account.id
WHERE import.drop_name IS NOT NULL
    AND import.drop_place = 'folder'
    AND import.state IN ('waiting', 'processing', 'held')
