-- The last value at each address that files and people asserted about this very patient.
SELECT DISTINCT ON (change.key) change.key, change.value ->> 1
FROM patient_change,
    LATERAL json_each(patient_change.changes) AS change
WHERE
    patient_change.patient_id = %(patient)s
    AND NOT EXISTS (
        SELECT FROM decision
        WHERE
            decision.id = patient_change.import_id
            AND NOT EXISTS (
                SELECT FROM asserting_decision
                WHERE
                    asserting_decision.patient_id = decision.patient_id
                    AND asserting_decision.id = decision.id
            )
    )
    AND NOT EXISTS (
        SELECT FROM undone_attempt
        WHERE
            undone_attempt.import_id = patient_change.import_id
            AND undone_attempt.attempt = patient_change.attempt
    )
ORDER BY
    change.key ASC,
    patient_change.registry_version DESC,
    patient_change.received_at DESC,
    patient_change.import_id DESC,
    patient_change.line DESC
