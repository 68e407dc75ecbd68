-- The last value at each address that files and people asserted about this very patient.
SELECT DISTINCT ON (change.key) change.key, change.value ->> 1
FROM full_change,
    LATERAL json_each(full_change.changes) AS change
WHERE
    full_change.patient_id = %(patient)s
    AND NOT EXISTS (SELECT FROM decision WHERE decision.id = full_change.import_id)
    AND NOT EXISTS (
        SELECT FROM undone_attempt
        WHERE
            undone_attempt.import_id = full_change.import_id
            AND undone_attempt.attempt = full_change.attempt
    )
ORDER BY
    change.key ASC,
    full_change.registry_version DESC,
    full_change.received_at DESC,
    full_change.import_id DESC,
    full_change.line DESC
