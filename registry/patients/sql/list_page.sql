-- When a patient was changed last is looked up for those of the page alone.
SELECT
    {columns},
    (
        SELECT patient_change.received_at
        FROM patient_change
        WHERE patient_change.patient_id = patient.id
        ORDER BY patient_change.registry_version DESC, patient_change.line DESC
        LIMIT 1
    ) AS changed_at
FROM (
    SELECT patient.*
    FROM patient
    WHERE {conditions}
    ORDER BY {order}
    LIMIT %(count)s
) AS patient
ORDER BY {order}
