SELECT
    exists(
        SELECT FROM document_plan
        JOIN import ON document_plan.import_id = import.id
        WHERE document_plan.account_id <> %(account_id)s
            AND document_plan.state <> 'settled'
            AND document_plan.due_at <= now()
            AND import.state = 'completed'
    )
