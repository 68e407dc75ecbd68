SELECT {columns}
FROM raw
INNER JOIN (SELECT * REPLACE (line::INTEGER AS line) FROM ledger_row) AS ledger_row USING (line)
INNER JOIN word USING (outcome)
LEFT JOIN ledger_message USING (line)
WHERE outcome IN ({outcomes})
ORDER BY line
