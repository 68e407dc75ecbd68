-- The gateway's login sees rows of every account, in the tables and columns that it was granted.
-- Once it takes the walled role, these policies apply no more.
-- What an update leaves must be visible too, so `expired` is among the states that are seen.
CREATE POLICY before_an_account ON bulk_request TO rosterline_gateway_login
USING (state IN ('waiting', 'expired')) WITH CHECK (state = 'expired');
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace
            AND relrowsecurity
            AND (
                has_any_column_privilege('rosterline_gateway_login', oid, 'SELECT, INSERT, UPDATE')
                OR has_table_privilege('rosterline_gateway_login', oid, 'DELETE')
            )
            AND NOT EXISTS (
                SELECT FROM pg_policy
                WHERE pg_policy.polrelid = pg_class.oid
                    AND pg_policy.polname = 'before_an_account'
            )
    LOOP
        EXECUTE format(
            'CREATE POLICY before_an_account ON %s TO rosterline_gateway_login USING (true)',
            held.name
        );
    END LOOP;
END $$;

-- Runs and commands read and write all tables.
GRANT USAGE ON SCHEMA public TO rosterline_runs;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO rosterline_runs;
REVOKE INSERT, UPDATE, DELETE ON alembic_version, applied_objects FROM rosterline_runs;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO rosterline_runs;
GRANT EXECUTE ON FUNCTION
portal_person_named,
portal_person_of_session,
portal_person_of_link,
portal_person_of_identity,
portal_passwords_of,
sftp_users_named
TO rosterline_runs;

-- Runs make months ahead and take old ones out, which only the owner of a table may.
GRANT CREATE ON SCHEMA public TO rosterline_runs;
GRANT REFERENCES ON ALL TABLES IN SCHEMA public TO rosterline_runs;
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace
            AND (relkind = 'p' OR (relkind = 'r' AND relispartition))
            AND pg_get_userbyid(relowner) <> 'rosterline_runs'
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO rosterline_runs', held.name);
    END LOOP;
END $$;
