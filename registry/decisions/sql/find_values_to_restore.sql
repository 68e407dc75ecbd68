SELECT *
FROM chosen_value
WHERE old IS DISTINCT FROM new
