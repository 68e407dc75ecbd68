-- Of an import that was not planned, or whose patients were not asked about for want of an
-- endpoint, only the patients whom callers ask about get a query.
INSERT INTO document_plan (import_id, account_id, state, due_at, only_asked)
VALUES (%(import_id)s, %(account)s, 'open', now(), TRUE)
ON CONFLICT (import_id) DO UPDATE
    SET
        state = CASE document_plan.state WHEN 'wanted' THEN 'wanted' ELSE 'open' END,
        due_at = now(),
        only_asked = document_plan.only_asked OR document_plan.not_asked > 0
