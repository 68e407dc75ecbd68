-- What was written to a patient by a row or decision and after it, the newest first. `identity` is
-- the state of another row that made somebody else of the patient, or was taken over by a person.
SELECT
    patient_change.changes,
    later.state AS identity,
    merge.patient_id AS merged_patient
FROM patient_change
LEFT JOIN identity_review AS later
    ON
        patient_change.patient_id = later.patient_id
        AND later.id <> %(review)s
        AND CASE
            WHEN later.is_applied
                THEN
                    patient_change.import_id = later.import_id
                    AND patient_change.attempt = later.attempt
                    AND patient_change.line = later.line
                    AND NOT EXISTS (
                        SELECT FROM undone_attempt
                        WHERE
                            undone_attempt.import_id = later.import_id
                            AND undone_attempt.attempt = later.attempt
                    )
            ELSE patient_change.import_id = later.closed_by
        END
LEFT JOIN review AS merge
    ON
        patient_change.patient_id = merge.other_patient_id
        AND patient_change.import_id = merge.closed_by
        AND merge.state = 'same'
WHERE
    patient_change.patient_id = %(patient)s
    AND (patient_change.registry_version, patient_change.line) >= (
        SELECT
            since.registry_version,
            since.line
        FROM patient_change AS since
        WHERE
            since.patient_id = %(patient)s
            AND since.import_id = %(import)s
            AND since.attempt = %(attempt)s
            AND since.line = %(line)s
    )
ORDER BY patient_change.registry_version DESC, patient_change.line DESC
