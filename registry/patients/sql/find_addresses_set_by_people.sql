-- Undo, merge and split are left out: they move values and assert none. So is a decision
-- who a patient is that was taken back.
SELECT DISTINCT json_object_keys(patient_change.changes)
FROM patient_change
WHERE
    patient_change.patient_id = ANY(%(patients)s)
    AND patient_change.attempt = 0
    AND patient_change.registry_version > %(after_version)s
    AND NOT EXISTS (
        SELECT FROM decision
        WHERE
            decision.id = patient_change.import_id
            AND NOT EXISTS (
                SELECT FROM identity_review
                WHERE
                    identity_review.patient_id = decision.patient_id
                    AND identity_review.closed_by = decision.id
            )
    )
