SELECT veto, count(*) AS pairs
FROM scored_pair
WHERE veto IS NOT NULL
GROUP BY veto
ORDER BY veto
