-- A day's uploads to Pending that have no result file, or none yet, in the order of receipt.
SELECT
    received_at AT TIME ZONE %(zone)s AS received,
    file_name,
    byte_count,
    CASE
        WHEN state = 'held' THEN %(said_held)s || reason
        WHEN reason = %(withdrawn)s THEN %(said_withdrawn)s
        ELSE %(said_replaced)s
    END AS said
FROM import
WHERE account_id = %(account)s
    AND source IN ('sftp', 'drop')
    AND (
        state = 'held'
        OR (state = 'cancelled' AND (reason = %(withdrawn)s OR reason LIKE %(replaced)s))
    )
    AND received_at >= %(day)s::date::timestamp AT TIME ZONE %(zone)s
    AND received_at < (%(day)s::date + 1)::timestamp AT TIME ZONE %(zone)s
UNION ALL
SELECT
    at AT TIME ZONE %(zone)s AS received,
    file_name,
    byte_count,
    detail AS said
FROM access_event
WHERE account_id = %(account)s
    AND action = 'upload'
    AND detail = ANY(%(not_imported)s)
    AND at >= %(day)s::date::timestamp AT TIME ZONE %(zone)s
    AND at < (%(day)s::date + 1)::timestamp AT TIME ZONE %(zone)s
ORDER BY received, file_name
