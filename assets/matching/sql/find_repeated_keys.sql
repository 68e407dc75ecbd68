CREATE OR REPLACE TEMP TABLE repeated_key AS
WITH repeated AS (
    SELECT tier, value
    FROM row_key
    GROUP BY tier, value
    HAVING count(*) > 1
)

SELECT *
FROM row_key
SEMI JOIN repeated USING (tier, value)
