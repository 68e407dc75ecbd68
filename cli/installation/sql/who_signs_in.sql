SELECT
    rolname AS name,
    rolsuper AS is_superuser,
    rolcreaterole AS makes_roles,
    rolbypassrls AS bypasses_policies,
    pg_has_role(
        current_user, (SELECT relowner FROM pg_class WHERE oid = 'account'::regclass), 'MEMBER'
    ) AS owns_tables,
    ARRAY(
        SELECT other.rolname::text FROM pg_roles AS other
        WHERE pg_has_role(current_user, other.oid, 'MEMBER')
            AND other.rolname NOT IN (current_user, 'rosterline_gateway')
            AND other.oid <> (SELECT relowner FROM pg_class WHERE oid = 'account'::regclass)
        ORDER BY 1
    ) AS may_become
FROM pg_roles
WHERE rolname = current_user
