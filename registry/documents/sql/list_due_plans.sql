-- In turns: the first of each account, then the second of each. An account on which a run works
-- already has its turn then. An import that is being processed again is left until it is over.
SELECT
    partition_key,
    account_id,
    due_at
FROM (
    SELECT
        import.partition_key,
        import.account_id,
        document_plan.due_at,
        row_number() OVER (
            PARTITION BY import.account_id ORDER BY document_plan.due_at, import.id
        ) AS turn
    FROM document_plan
    JOIN import ON document_plan.import_id = import.id
    WHERE document_plan.state <> 'settled'
        AND document_plan.due_at <= now()
        AND import.state = 'completed'
        AND import.account_id NOT IN (
            SELECT busy.account_id FROM import AS busy
            WHERE busy.partition_key = ANY(%(under_way)s)
        )
) AS due
ORDER BY turn, due_at
LIMIT %(limit)s
