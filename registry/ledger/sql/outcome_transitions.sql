SELECT
    earlier.outcome::text AS first,
    later.outcome::text AS second,
    count(*)::int AS rows
FROM (
    SELECT line, outcome FROM import_row
    WHERE import_id = %(import)s AND attempt = %(first)s
) AS earlier
FULL JOIN (
    SELECT line, outcome FROM import_row
    WHERE import_id = %(import)s AND attempt = %(second)s
) AS later USING (line)
GROUP BY earlier.outcome, later.outcome
ORDER BY earlier.outcome, later.outcome
