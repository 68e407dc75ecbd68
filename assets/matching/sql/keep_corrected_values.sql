-- What a person replaced is refused, as a value that a newer file replaced is. An undo of the
-- correction finds it there.
INSERT INTO outdated_value
SELECT line, field, item, attribute, value, NULL, patient, bit
FROM corrected_value
WHERE is_former
