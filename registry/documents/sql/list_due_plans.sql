-- An import that is being processed again is left until it is over.
SELECT import.partition_key
FROM document_plan
JOIN import ON document_plan.import_id = import.id
WHERE document_plan.state <> 'settled'
    AND document_plan.due_at <= now()
    AND import.state = 'completed'
ORDER BY document_plan.due_at
LIMIT %(limit)s
