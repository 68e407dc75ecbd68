-- Attempt 0 under an id that no import has: a person's change.
INSERT INTO patient_change
(patient_id, import_id, attempt, line, received_at, changes, registry_version)
VALUES (%(patient)s, %(change)s, 0, 0, %(now)s, %(changes)s, %(version)s)
