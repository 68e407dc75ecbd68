-- Attempt 0 under an id that no import has: a person's change. It is after all that was received
-- before it, also where some clock was ahead when that came.
INSERT INTO patient_change
(patient_id, import_id, attempt, line, received_at, changes, registry_version)
SELECT
    %(patient)s,
    %(change)s,
    0,
    0,
    greatest(%(now)s, max(import.ordered_at) + interval '1 microsecond'),
    %(changes)s,
    %(version)s
FROM import
WHERE import.account_id = %(account)s
