CREATE OR REPLACE TEMP TABLE earlier_row AS
WITH first_bringer AS (
    SELECT tier, value, min(line) AS first_line
    FROM repeated_key
    GROUP BY tier, value
)

SELECT DISTINCT repeated_key.line, tier, first_bringer.first_line
FROM repeated_key
JOIN first_bringer USING (tier, value)
WHERE first_bringer.first_line < repeated_key.line
