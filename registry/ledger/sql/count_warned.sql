SELECT count(*) FROM import_row
WHERE import_row.import_id = %(import)s
    AND import_row.attempt = %(attempt)s
    AND import_row.outcome <> 'errored'
    AND EXISTS (
        SELECT FROM row_issue
        WHERE row_issue.import_id = import_row.import_id
            AND row_issue.attempt = import_row.attempt
            AND row_issue.line = import_row.line
            AND row_issue.severity = 'warning'
    )
