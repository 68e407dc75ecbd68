INSERT INTO stored_hit
SELECT row_key.line, row_key.tier, identified.patient_id
FROM row_key
JOIN identified USING (value)
WHERE row_key.tier = $tier
