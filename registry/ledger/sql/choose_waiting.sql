-- At the portal a person waits, and so does the caller of a call about one patient; and a held file
-- has waited for its person: these imports count as on_arrival in every account. A service works
-- the calls off; of them only those are chosen here that it has left lying for a minute. A check
-- changes no patient: it waits neither for midnight nor for another file, and no file waits for it.
SELECT {columns}
FROM (
    SELECT
        import.*,
        row_number() OVER (
            PARTITION BY import.account_id, import.dry_run
            ORDER BY import.ordered_at, import.id
        ) AS place
    FROM import
    JOIN account ON import.account_id = account.id
    LEFT JOIN patient_call ON import.id = patient_call.import_id
    WHERE import.state = 'waiting'
        AND (%(zone)s::text IS NULL OR account.time_zone = %(zone)s)
        AND (
            %(cadence)s::text IS NULL
            OR (account.cadence = %(cadence)s AND NOT (%(cadence)s = 'nightly' AND import.dry_run))
            OR (
                %(cadence)s = 'on_arrival'
                AND (
                    import.source = 'portal'
                    OR import.dry_run
                    OR patient_call.import_id IS NOT NULL
                    OR EXISTS (SELECT FROM file_hold WHERE file_hold.import_id = import.id)
                )
            )
        )
        AND (
            patient_call.import_id IS NULL
            OR import.ordered_at < now() - interval '1 minute'
        )
        AND NOT account.time_zone = ANY(%(without_zones)s::text[])
        AND (%(account)s::int IS NULL OR account.id = %(account)s)
        AND (
            NOT %(due)s
            OR EXISTS (
                SELECT
                FROM unnest(%(zones)s::text[], %(midnights)s::timestamptz[])
                        AS day (zone, began)
                WHERE day.zone = account.time_zone AND import.received_at < day.began
            )
        )
        AND NOT (import.dry_run AND import.partition_key = ANY(%(under_way)s::text[]))
        AND (import.dry_run OR NOT EXISTS (
            SELECT 1 FROM import AS other
            WHERE other.account_id = import.account_id
                AND NOT other.dry_run
                AND other.state IN ('waiting', 'processing')
                AND (
                    other.state = 'processing' OR other.partition_key = ANY(%(under_way)s::text[])
                )
                -- One that was cut off and lacks only its result holds no other file.
                AND NOT (
                    other.claims > 1
                    AND coalesce((
                        SELECT attempt.state <> 'open' FROM attempt
                        WHERE attempt.import_id = other.id
                        ORDER BY attempt.number DESC
                        LIMIT 1
                    ), FALSE)
                )
        ))
) AS waiting
WHERE place <= %(limit)s
