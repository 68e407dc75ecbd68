-- The name is free: what had it was forgotten before, under the same lock.
INSERT INTO sftp_upload (account_id, name, is_part, key, sha256, byte_count, modified_at)
VALUES (
    %(account)s, %(name)s, %(is_part)s, %(key)s, %(sha256)s, %(byte_count)s, %(modified_at)s
)
