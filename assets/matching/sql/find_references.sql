-- What each tier of a row points to: a stored patient, else an earlier row of the file (`parent`).
CREATE OR REPLACE TEMP TABLE reference AS
SELECT
    line,
    tier,
    stored_choice.patient_id,
    CASE WHEN stored_choice.line IS NULL THEN parent_row.parent END AS parent
FROM stored_choice
FULL JOIN (
    SELECT line, tier, min(first_line) AS parent
    FROM earlier_row
    GROUP BY line, tier
) AS parent_row USING (line, tier)
