-- The bit of each single field that a row carried: brought, refused by a newer file, or cleared
-- where there was nothing to clear.
CREATE OR REPLACE TEMP VIEW carried_bit AS
SELECT line, bit
FROM brought
UNION ALL
SELECT line, bit
FROM outdated_value
UNION ALL
SELECT cleared.line, slot_bit.bit
FROM {clears} AS cleared
JOIN {slot_bits} AS slot_bit (slot, bit) USING (slot)
