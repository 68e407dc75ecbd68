CREATE UNLOGGED TABLE bench_people AS
SELECT
    id,
    name_key,
    first_name,
    last_name,
    row_number() OVER (ORDER BY id) - 1 AS number,
    count(*) OVER () AS total
FROM patient
