INSERT INTO {table} ({columns})
SELECT {values}
FROM bench_people AS person
JOIN {table} AS own ON person.id = own.{owner}
JOIN bench_people AS other ON other.number = mod(person.number + %(copy)s * 7919, person.total)
ORDER BY person.number
