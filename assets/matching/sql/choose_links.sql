-- The reference that decides is that of the lowest tier.
CREATE OR REPLACE TEMP TABLE link AS
SELECT *
FROM reference
QUALIFY row_number() OVER (PARTITION BY line ORDER BY tier) = 1
