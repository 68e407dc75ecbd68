SELECT
    latest.name AS account,
    latest.format,
    row_issue.code,
    row_issue.severity::text AS severity,
    row_issue.column_name,
    row_issue.slot,
    count(DISTINCT row(row_issue.import_id, row_issue.line)) AS rows
FROM {latest_attempts} AS latest
JOIN row_issue
    ON latest.import_id = row_issue.import_id
        AND latest.number = row_issue.attempt
WHERE latest.finished_at > latest.began_at
    AND latest.finished_at <= latest.ended_at
    AND row_issue.line > 0
    AND row_issue.severity <> 'info'
GROUP BY
    latest.name,
    latest.format,
    row_issue.code,
    row_issue.severity,
    row_issue.column_name,
    row_issue.slot
