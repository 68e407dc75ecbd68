INSERT INTO bulk_request (
    id, account_id, facility_id, dry_run, idempotency_key, created_at, expires_at
) VALUES (
    %(id)s,
    %(account)s,
    %(facility)s,
    %(dry_run)s,
    %(idempotency_key)s,
    %(created_at)s,
    %(expires_at)s
)
ON CONFLICT DO NOTHING
