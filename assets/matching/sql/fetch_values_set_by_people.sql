-- sqlfluff:dialect:postgres
-- Attempt 0 is a change that no file made. Of those from before the file was received, corrections
-- count as well.
SELECT
    asserted_patient.patient,
    changed.key AS address,
    changed.value ->> 0 AS former,
    changed.value ->> 1 AS corrected,
    patient_change.registry_version,
    patient_change.received_at > %(ordered_at)s AS is_later
FROM (
    SELECT * FROM touched_patient
    UNION ALL
    SELECT * FROM former_patient
) AS asserted_patient
JOIN patient_change USING (patient_id),
    LATERAL json_each(patient_change.changes) AS changed
WHERE
    patient_change.attempt = 0
    AND (
        patient_change.received_at > %(ordered_at)s
        OR EXISTS (
            SELECT FROM decision
            WHERE decision.id = patient_change.import_id AND decision.kind = 'correction'
        )
    )
    AND {is_asserted}
