CREATE OR REPLACE TEMP VIEW staged_full AS
SELECT {items}
FROM (
    SELECT {lacking}
    FROM staged
) AS every_slot
