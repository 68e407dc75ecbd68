INSERT INTO kept_value
SELECT line, field, item, attribute, 'a person'
FROM corrected_value
WHERE is_former
