-- Empty: it stays so where nobody corrected a value by hand.
CREATE OR REPLACE TEMP TABLE corrected_value AS
SELECT *, FALSE AS is_former
FROM brought
LIMIT 0 -- noqa: AM09
