-- A look-up per row and no join: right after an import PostgreSQL has no statistics of its rows
-- yet, and may compare each row with each issue, for minutes.
SELECT
    line,
    outcome::text,
    patient_id,
    array(
        SELECT row_issue.message FROM row_issue
        WHERE row_issue.import_id = import_row.import_id
            AND row_issue.attempt = import_row.attempt
            AND row_issue.line = import_row.line
        ORDER BY row_issue.ordinal
    ) AS messages
FROM import_row
WHERE import_id = %(import)s AND attempt = %(attempt)s
ORDER BY line
