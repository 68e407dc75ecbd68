-- A row that makes its patient another person clears what it does not bring.
-- The literals of `field` and `attribute` become enums; parameters would make texts of the column.
INSERT INTO brought
SELECT DISTINCT
    row_patient.line,
    row_patient.patient,
    known.field,
    known.item,
    known.attribute,
    NULL,
    65535,
    $bit,
    row_patient.is_lone,
    row_patient.is_new
FROM identity_change
JOIN row_patient USING (line)
JOIN (
    SELECT 0 AS line, patient, field, item, attribute FROM stored_fact
    UNION ALL
    SELECT line, patient, field, item, attribute FROM brought
) AS known
    ON
        row_patient.patient = known.patient
        AND row_patient.line > known.line
        AND known.field = '{field}'
        AND known.attribute = '{attribute}'
        AND ($item IS NULL OR known.item = $item)
ANTI JOIN brought AS own
    ON
        row_patient.line = own.line
        AND known.field = own.field
        AND known.item = own.item
        AND known.attribute = own.attribute
