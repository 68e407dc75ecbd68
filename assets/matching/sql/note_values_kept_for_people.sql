INSERT INTO kept_value
SELECT
    brought.line,
    field,
    item,
    attribute,
    'a person'
FROM brought
LEFT JOIN stored_fact USING (patient, field, item, attribute)
WHERE
    EXISTS (
        SELECT 1
        FROM set_by_person
        WHERE
            set_by_person.patient::INTEGER = brought.patient
            AND set_by_person.address
            = fact_address(brought.field, brought.item, brought.attribute)
    )
    AND brought.value IS DISTINCT FROM stored_fact.value
