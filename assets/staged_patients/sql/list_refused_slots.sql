SELECT DISTINCT terms.slot
FROM terms
JOIN findings USING ("column", clause)
WHERE terms.subject = 'value'
