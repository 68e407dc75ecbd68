INSERT INTO ambiguous_match
SELECT assigned.line, stored_choice.hits
FROM assigned
JOIN stored_choice USING (line, tier)
WHERE stored_choice.hits > 1
