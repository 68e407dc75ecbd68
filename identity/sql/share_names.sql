WITH named AS (SELECT {name_column} AS name FROM {features}),

total AS (SELECT count(name) AS names FROM named)

SELECT named.name, count(*) / any_value(total.names) AS share
FROM named
CROSS JOIN total
WHERE named.name IS NOT NULL
GROUP BY named.name
HAVING count(*) >= $least
ORDER BY share DESC, named.name ASC
