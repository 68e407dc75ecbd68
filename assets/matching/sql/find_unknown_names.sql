CREATE OR REPLACE TABLE unknown_name AS
SELECT field, folded, arg_min(given.name, given.line) AS name
FROM ({given_names}) AS given
ANTI JOIN stored_name USING (field, folded)
WHERE folded <> ''
GROUP BY field, folded
