-- A person's change has no lines; its patients come by id.
SELECT
    {columns},
    patient_change.received_at AS changed_at
FROM patient_change
JOIN patient ON patient_change.patient_id = patient.id
WHERE
    patient_change.import_id = %(set)s
    AND patient_change.attempt = 0
    AND (%(after)s::uuid IS NULL OR patient.id > %(after)s)
    AND {conditions}
    AND NOT EXISTS (
        SELECT FROM patient_change AS later
        WHERE
            later.patient_id = patient_change.patient_id
            AND later.registry_version > %(version)s
    )
ORDER BY patient.id
LIMIT %(count)s
