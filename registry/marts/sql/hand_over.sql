-- Gives the marts to the login that builds them.
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT nspname AS name FROM pg_namespace
        WHERE nspname IN ('marts', 'marts_staging', 'marts_patients', 'marts_patients_staging')
            AND pg_get_userbyid(nspowner) <> 'rosterline_runs'
    LOOP
        EXECUTE format('ALTER SCHEMA %I OWNER TO rosterline_runs', held.name);
    END LOOP;
    FOR held IN
        SELECT
            pg_class.oid::regclass AS name,
            CASE pg_class.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind
        FROM pg_class
        JOIN pg_namespace ON pg_class.relnamespace = pg_namespace.oid
        WHERE pg_class.relkind IN ('r', 'p', 'v')
            AND pg_namespace.nspname
            IN ('marts', 'marts_staging', 'marts_patients', 'marts_patients_staging')
            AND pg_get_userbyid(pg_class.relowner) <> 'rosterline_runs'
    LOOP
        EXECUTE format('ALTER %s %s OWNER TO rosterline_runs', held.kind, held.name);
    END LOOP;
END $$
