SELECT rule, count(DISTINCT key)
FROM chosen_key
WHERE NOT is_chosen
GROUP BY rule
ORDER BY rule
