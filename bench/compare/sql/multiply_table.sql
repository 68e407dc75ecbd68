INSERT INTO {table} ({columns})
SELECT {values}
FROM generate_series(1, %(copies)s) AS copy
CROSS JOIN {table}
