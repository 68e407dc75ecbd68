CREATE TEMPORARY TABLE {originals} AS
SELECT own.*
FROM bench_people AS person
JOIN {table} AS own ON person.id = own.{owner}
