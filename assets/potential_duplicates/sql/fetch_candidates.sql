CREATE OR REPLACE TEMP TABLE candidate AS
SELECT *
FROM copied.features
WHERE number IN (
        SELECT one FROM numbered_pair
        UNION
        SELECT other FROM numbered_pair
    )
