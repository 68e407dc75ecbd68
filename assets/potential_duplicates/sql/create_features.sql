CREATE TABLE copied.features AS
SELECT 0::INTEGER AS number, {columns}
FROM features
WHERE FALSE
