-- Changes of a patient, the oldest first, with what files and people asserted about patients who
-- were merged into this one. Decisions about a merged patient are left out: the surviving patient's
-- own change already says what the merge brought.
-- Changes from before there was a registry_version (0) come in the order of receipt; the import's
-- id keeps files apart that were received at the same instant.
SELECT
    patient_change.line,
    patient_change.received_at,
    patient_change.changes,
    import.id AS import_id,
    import.file_name,
    import.source,
    import.partition_key,
    attempt.number AS attempt,
    attempt.run_id,
    undone_attempt.attempt IS NOT NULL
    OR (
        decision.kind IN ('identity', 'correction')
        AND NOT EXISTS (
            SELECT FROM asserting_decision
            WHERE
                asserting_decision.patient_id = decision.patient_id
                AND asserting_decision.id = decision.id
        )
    ) IS TRUE AS is_undone,
    decision.kind AS decision,
    decision.id AS decision_id,
    decision.user_name,
    undone_import.id AS undone_id,
    undone_import.file_name AS undone_file_name,
    undone_import.partition_key AS undone_key,
    nullif(patient_change.patient_id, %(patient)s) AS merged_patient_id,
    decision.other_patient_id AS other_id,
    (
        SELECT
            concat_ws(
                ' ',
                coalesce(other.changes #>> '{first_name,0}', other.changes #>> '{first_name,1}'),
                coalesce(other.changes #>> '{last_name,0}', other.changes #>> '{last_name,1}')
            )
        FROM patient_change AS other
        WHERE
            other.patient_id = decision.other_patient_id
            AND other.import_id = decision.id
            AND other.attempt = 0
    ) AS other_name
FROM patient_change
LEFT JOIN import ON patient_change.import_id = import.id
LEFT JOIN attempt
    ON
        patient_change.import_id = attempt.import_id
        AND patient_change.attempt = attempt.number
LEFT JOIN undone_attempt
    ON
        patient_change.import_id = undone_attempt.import_id
        AND patient_change.attempt = undone_attempt.attempt
LEFT JOIN decision ON patient_change.import_id = decision.id
LEFT JOIN import AS undone_import ON decision.import_id = undone_import.id
WHERE
    patient_change.patient_id = ANY(%(patients)s)
    AND (
        decision.id IS NULL
        OR decision.kind LIKE 'correction%%'
        OR patient_change.patient_id = %(patient)s
    )
ORDER BY
    patient_change.registry_version,
    patient_change.received_at,
    patient_change.import_id,
    patient_change.attempt,
    patient_change.line
