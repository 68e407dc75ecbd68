DELETE FROM brought
USING stored_alias, stored_fact
WHERE
    brought.field = 'identifier'
    AND stored_alias.patient::INTEGER = brought.patient
    AND stored_alias.item = brought.item
    AND stored_alias.value = brought.value
    AND stored_fact.patient = brought.patient
    AND stored_fact.field = brought.field
    AND stored_fact.item = brought.item
