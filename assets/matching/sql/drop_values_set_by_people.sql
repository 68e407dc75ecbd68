DELETE FROM brought
WHERE
    EXISTS (
        SELECT 1
        FROM set_by_person
        WHERE
            set_by_person.patient::INTEGER = brought.patient
            AND set_by_person.address
            = fact_address(brought.field, brought.item, brought.attribute)
    )
