CREATE OR REPLACE TEMP TABLE row_key AS
SELECT DISTINCT key.line, key.tier::TINYINT AS tier, key.value
FROM (
    {keys}
) AS key
WHERE key.value IS NOT NULL
