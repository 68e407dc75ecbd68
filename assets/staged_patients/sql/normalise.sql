-- `cells`: each slot's cell as it is taken; `codes`: ids and the like without a tool's point, and
-- beside them (`<slot>__cell`) with it; `readings`: the canonical text; `needs`: gaps marked.
CREATE OR REPLACE TABLE normalised AS
WITH cells AS (
    SELECT line, {cells}
    FROM raw
),

codes AS (
    SELECT {codes}
    FROM cells
),

readings AS (
    SELECT line, {readings}
    FROM codes
)

SELECT line, {needs}
FROM readings
