-- What the file is like, in one row.
CREATE OR REPLACE TABLE measured AS
SELECT
    count(*) AS records,
    count(*) FILTER (WHERE outcome = 'errored') AS errored,
    (SELECT count(DISTINCT line) FROM identity_change) AS changed_identities,
    $missing::INTEGER AS missing
FROM outcome
