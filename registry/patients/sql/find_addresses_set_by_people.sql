-- Undo, merge and split are left out: they move values and assert none. So is a decision that was
-- taken back.
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
                SELECT FROM asserting_decision
                WHERE
                    asserting_decision.patient_id = decision.patient_id
                    AND asserting_decision.id = decision.id
            )
    )
