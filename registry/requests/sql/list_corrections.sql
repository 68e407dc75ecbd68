WITH whole AS (
    -- A check and the import after it have the same rows, so their corrections are one list.
    SELECT %(import)s::uuid AS id
    UNION
    SELECT check_id FROM submission
    WHERE import_id = %(import)s AND check_id IS NOT NULL
    UNION
    SELECT import_id FROM submission
    WHERE check_id = %(import)s
)

SELECT
    import.id AS check_id,
    import.file_name,
    import.state,
    followed.import_id
FROM submission
JOIN import ON submission.import_id = import.id
JOIN whole
    ON split_part(submission.token, ' ', 1) = 'corrected'
        AND split_part(submission.token, ' ', 2) = whole.id::text
LEFT JOIN submission AS followed ON import.id = followed.check_id
WHERE submission.account_id = %(account)s
ORDER BY import.received_at, import.id
