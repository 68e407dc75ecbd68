INSERT INTO {table} ({columns})
SELECT {values}
FROM {originals} AS own
JOIN bench_people AS person ON own.{owner} = person.id
JOIN bench_people AS other ON other.number = mod(person.number + %(copy)s * 7919, person.total)
ORDER BY person.number
