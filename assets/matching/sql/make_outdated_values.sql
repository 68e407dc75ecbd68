-- Empty: it stays so where no import was received later.
CREATE OR REPLACE TEMP TABLE outdated_value AS
SELECT line, field, item, attribute, value, '' AS partition_key, patient, bit
FROM brought
LIMIT 0 -- noqa: AM09
