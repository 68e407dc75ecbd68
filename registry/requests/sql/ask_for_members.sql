INSERT INTO bulk_request (id, account_id, facility_id, dry_run, created_at, expires_at)
SELECT
    member.id,
    asked.account_id,
    asked.facility_id,
    asked.dry_run,
    asked.created_at,
    asked.expires_at
FROM bulk_request AS asked
JOIN import AS member ON asked.id = member.parent_id
WHERE asked.id = %(archive)s
ON CONFLICT DO NOTHING
RETURNING id
