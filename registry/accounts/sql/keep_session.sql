INSERT INTO sftp_session (id, account_id, user_name, address, signed_in_by, began_at, seen_at)
VALUES (
    %(id)s, %(account_id)s, %(user_name)s, %(address)s, %(signed_in_by)s, %(began_at)s, now()
)
ON CONFLICT (id) DO UPDATE SET seen_at = now()
