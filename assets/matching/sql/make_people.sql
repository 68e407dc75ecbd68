-- `birth` is the date of birth where the file has one, else its year.
CREATE OR REPLACE TEMP TABLE person AS
SELECT
    line,
    name_key(first_name, last_name, left({birth}, 4), gender) AS name_key,
    person(first_name, last_name, {birth}, gender) AS person
FROM staged
WHERE NOT errored
