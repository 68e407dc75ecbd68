-- sqlfluff:dialect:postgres
-- Attempt 0 is a change that no file made.
SELECT
    asserted_patient.patient,
    changed.key AS address
FROM (
    SELECT * FROM touched_patient
    UNION ALL
    SELECT * FROM former_patient
) AS asserted_patient
JOIN patient_change USING (patient_id),
    LATERAL json_each(patient_change.changes) AS changed
WHERE
    patient_change.attempt = 0
    AND patient_change.received_at > %(ordered_at)s
    AND {is_asserted}
