-- Follow each row's link to the stored patient, or to the row that creates the patient.
CREATE OR REPLACE TEMP TABLE assigned AS
WITH RECURSIVE found AS (
    SELECT
        person.line,
        link.tier,
        coalesce(link.patient_id, {new_id}) AS patient_id,
        CASE WHEN link.line IS NULL THEN person.line ELSE 0 END AS root
    FROM person
    LEFT JOIN link USING (line)
    WHERE link.parent IS NULL
    UNION ALL
    SELECT link.line, link.tier, found.patient_id, found.root
    FROM link
    JOIN found ON link.parent = found.line
)

SELECT * FROM found
