DELETE FROM brought
WHERE
    EXISTS (
        SELECT 1
        FROM corrected_value
        WHERE
            corrected_value.is_former
            AND corrected_value.line = brought.line
            AND corrected_value.field = brought.field
            AND corrected_value.item = brought.item
            AND corrected_value.attribute = brought.attribute
    )
