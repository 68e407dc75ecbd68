-- What a row brought that created a patient is told from the changes after it. Some of them may be
-- of an older import, which ran later: before they go, the row gets its changes. So do the rows
-- that go, where their file is to say them.
UPDATE patient_change
SET changes = full_change.changes
FROM full_change
WHERE
    patient_change.changes IS NULL
    AND patient_change.patient_id IN (
        SELECT leaving.patient_id
        FROM patient_change AS leaving
        WHERE
            leaving.import_id < %(bound)s
            AND (leaving.changes IS NOT NULL OR %(to_file)s)
    )
    AND patient_change.patient_id = full_change.patient_id
    AND patient_change.import_id = full_change.import_id
    AND patient_change.attempt = full_change.attempt
    AND patient_change.line = full_change.line
