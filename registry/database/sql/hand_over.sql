-- Gives all that is in a database, apart from PostgreSQL's own and the registry, to another user.
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT
            pg_class.oid::regclass AS name,
            CASE pg_class.relkind
                WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE'
            END AS kind
        FROM pg_class
        JOIN pg_namespace ON pg_class.relnamespace = pg_namespace.oid
        WHERE pg_class.relkind IN ('r', 'p', 'v', 'S')
            AND pg_namespace.nspname !~ '^(pg_|information_schema$)'
            AND pg_get_userbyid(pg_class.relowner) <> '{owner}'
            -- The sequence of a column belongs to whoever has its table.
            AND NOT EXISTS (
                SELECT FROM pg_depend
                WHERE pg_depend.objid = pg_class.oid
                    AND pg_depend.classid = 'pg_class'::regclass
                    AND pg_depend.deptype IN ('a', 'i')
            )
    LOOP
        EXECUTE format('ALTER %s %s OWNER TO {owner}', held.kind, held.name);
    END LOOP;
    FOR held IN
        SELECT pg_type.oid::regtype AS name
        FROM pg_type
        JOIN pg_namespace ON pg_type.typnamespace = pg_namespace.oid
        WHERE pg_type.typtype IN ('e', 'd')
            AND pg_namespace.nspname !~ '^(pg_|information_schema$)'
            AND pg_get_userbyid(pg_type.typowner) <> '{owner}'
    LOOP
        EXECUTE format('ALTER TYPE %s OWNER TO {owner}', held.name);
    END LOOP;
    GRANT ALL ON SCHEMA public TO {owner};
END $$
