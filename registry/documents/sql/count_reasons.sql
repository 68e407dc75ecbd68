SELECT
    reason,
    count(*)
FROM document_query
WHERE import_id = %(import_id)s
    AND state IN ('failed', 'processing')
    AND reason IS NOT NULL
GROUP BY reason
ORDER BY count(*) DESC, reason ASC
