SELECT
    EXISTS (
        SELECT FROM import
        WHERE account_id = %(account)s
            AND drop_name = %(name)s
            AND drop_place = 'store'
            AND received_at > to_timestamp(%(since)s)
    )
    OR EXISTS (
        SELECT FROM sftp_upload
        WHERE account_id = %(account)s
            AND name = %(name)s
            AND kept_at > to_timestamp(%(since)s)
    )
