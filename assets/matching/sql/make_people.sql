-- `born` is the date of birth where the file has one, else its year. Folding takes the most time,
-- so each name is folded once; `spelling` tells names that need not be folded again.
CREATE OR REPLACE TEMP TABLE person AS
SELECT
    line,
    born,
    folded_name_key(first_folded, last_folded, left(born, 4), gender) AS name_key,
    folded_person(first_folded, last_folded, born, gender) AS person,
    spelling(first_name, last_name, born, gender) AS spelling
FROM (
    SELECT
        line,
        first_name,
        last_name,
        {birth} AS born,
        gender,
        fold(first_name) AS first_folded,
        fold(last_name) AS last_folded
    FROM staged
    WHERE NOT errored
) AS named
