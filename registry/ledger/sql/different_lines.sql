WITH issue AS (
    SELECT
        attempt,
        line,
        jsonb_agg(
            jsonb_build_object('code', code, 'column', column_name) ORDER BY code, column_name
        ) AS issues
    FROM row_issue
    WHERE import_id = %(import)s AND attempt IN (%(first)s, %(second)s) AND line > 0
    GROUP BY attempt, line
),

ended AS (
    SELECT
        import_row.attempt,
        import_row.line,
        import_row.outcome,
        import_row.patient_id,
        coalesce(issue.issues, '[]') AS issues
    FROM import_row
    LEFT JOIN issue USING (attempt, line)
    WHERE import_row.import_id = %(import)s AND import_row.attempt IN (%(first)s, %(second)s)
)

SELECT
    line,
    earlier.outcome::text AS first_outcome,
    later.outcome::text AS second_outcome,
    earlier.patient_id AS first_patient,
    later.patient_id AS second_patient,
    coalesce(earlier.issues, '[]') AS first_issues,
    coalesce(later.issues, '[]') AS second_issues
FROM (SELECT * FROM ended WHERE attempt = %(first)s) AS earlier
FULL JOIN (SELECT * FROM ended WHERE attempt = %(second)s) AS later USING (line)
WHERE (earlier.outcome, earlier.patient_id, earlier.issues)
    IS DISTINCT FROM (later.outcome, later.patient_id, later.issues)
