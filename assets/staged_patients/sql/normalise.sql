-- `cells`: each slot's cell as given; `readings`: its canonical text; `needs`: gaps marked.
CREATE OR REPLACE TABLE normalised AS
WITH cells AS (
    SELECT line, {cells}
    FROM raw
),

readings AS (
    SELECT line, {readings}
    FROM cells
)

SELECT line, {needs}
FROM readings
