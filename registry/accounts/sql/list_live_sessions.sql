SELECT {columns} FROM sftp_session
WHERE (%(account)s::integer IS NULL OR account_id = %(account)s)
    AND seen_at > now() - make_interval(secs => %(seconds)s)
ORDER BY began_at, id
