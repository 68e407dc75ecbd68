-- Keys that too many of the patients have say little and cost much.
CREATE OR REPLACE TEMP TABLE common_key AS
SELECT rule, key
FROM right_key
GROUP BY rule, key
HAVING count(*) > $most
