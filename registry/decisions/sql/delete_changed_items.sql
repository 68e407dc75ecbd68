DELETE FROM {table} AS stored
USING item_after
WHERE stored.patient_id = item_after.patient_id AND stored.item = item_after.item
