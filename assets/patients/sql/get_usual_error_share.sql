-- sqlfluff:dialect:postgres
-- Null for the first import of an account. Later imports do not count, so that a backfill is held
-- against what was usual then.
SELECT avg(share)
FROM (
    SELECT latest.errored::float / latest.records AS share
    FROM import AS earlier
    JOIN import AS this
        ON earlier.account_id = this.account_id
            AND (earlier.ordered_at, earlier.id) < (this.ordered_at, this.id)
    CROSS JOIN
        LATERAL (
            SELECT errored, records
            FROM attempt
            WHERE import_id = earlier.id AND records > 0
            ORDER BY number DESC
            LIMIT 1
        ) AS latest
    WHERE this.id = %(import_id)s AND NOT earlier.dry_run
    ORDER BY earlier.ordered_at DESC, earlier.id DESC
    LIMIT %(limit)s
) AS recent
