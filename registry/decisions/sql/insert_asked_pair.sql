-- The younger of the two is found by id, because ids sort by time.
INSERT INTO review (
    patient_id, other_patient_id, account_id, reason, import_id, attempt, line, created_at
)
SELECT
    greatest(%(one)s, %(other)s),
    least(%(one)s, %(other)s),
    %(account)s,
    'asked_by_person',
    import_row.import_id,
    import_row.attempt,
    import_row.line,
    %(at)s
FROM import_row
JOIN import ON import_row.import_id = import.id
WHERE
    import_row.patient_id = greatest(%(one)s, %(other)s)
    AND import.account_id = %(account)s
    AND NOT import.dry_run
    AND NOT EXISTS (
        SELECT FROM review
        WHERE
            (review.patient_id, review.other_patient_id) IN (
                (%(one)s, %(other)s), (%(other)s, %(one)s)
            )
    )
ORDER BY import_row.outcome <> 'created', import.received_at, import_row.import_id
LIMIT 1
