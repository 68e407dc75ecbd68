SELECT
    key AS version,
    name,
    sha256,
    byte_count,
    modified_at,
    TRUE AS is_own
FROM sftp_upload
WHERE account_id = %(account)s
    AND is_part = %(is_part)s
    AND (%(name)s::text IS NULL OR name = %(name)s)
