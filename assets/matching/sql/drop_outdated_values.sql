DELETE FROM brought
WHERE
    EXISTS (
        SELECT 1
        FROM outdated_value
        WHERE
            outdated_value.line = brought.line
            AND outdated_value.field = brought.field
            AND outdated_value.item = brought.item
            AND outdated_value.attribute = brought.attribute
    )
