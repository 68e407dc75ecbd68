SELECT
FROM import_row
JOIN import ON import_row.import_id = import.id
WHERE
    import_row.patient_id = %(patient)s
    AND import.account_id = %(account)s
    AND NOT import.dry_run
LIMIT 1 -- noqa: AM09
