-- Those whose name was written: of a late row, a newer file may have kept it out.
CREATE OR REPLACE TABLE identity_question AS
SELECT
    identity_change.line,
    identity_change.patient_id::VARCHAR AS patient_id,
    person.person,
    TRUE AS is_applied,
    NULL::VARCHAR AS facts
FROM identity_change
JOIN person USING (line)
SEMI JOIN (SELECT line FROM changed_fact WHERE field = 'first_name') AS renamed USING (line)
