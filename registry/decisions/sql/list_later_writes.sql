-- What was written to a patient by a row or decision and after it, the newest first. `identity` is
-- the state of another row that made somebody else of the patient, or was taken over by a person.
SELECT
    full_change.changes,
    later.state AS identity,
    merge.patient_id AS merged_patient
FROM full_change
LEFT JOIN identity_review AS later
    ON
        full_change.patient_id = later.patient_id
        AND later.id <> %(review)s
        AND CASE
            WHEN later.is_applied
                THEN
                    full_change.import_id = later.import_id
                    AND full_change.attempt = later.attempt
                    AND full_change.line = later.line
                    AND NOT EXISTS (
                        SELECT FROM undone_attempt
                        WHERE
                            undone_attempt.import_id = later.import_id
                            AND undone_attempt.attempt = later.attempt
                    )
            ELSE full_change.import_id = later.closed_by
        END
LEFT JOIN review AS merge
    ON
        full_change.patient_id = merge.other_patient_id
        AND full_change.import_id = merge.closed_by
        AND merge.state = 'same'
WHERE
    full_change.patient_id = %(patient)s
    AND (full_change.registry_version, full_change.line) >= (
        SELECT
            since.registry_version,
            since.line
        FROM full_change AS since
        WHERE
            since.patient_id = %(patient)s
            AND since.import_id = %(import)s
            AND since.attempt = %(attempt)s
            AND since.line = %(line)s
    )
ORDER BY full_change.registry_version DESC, full_change.line DESC
