-- The schemas of the marts whose models are views of the registry's tables.
DO $$
DECLARE
    model record;
BEGIN
    FOR model IN
        SELECT schemaname, viewname FROM pg_views
        WHERE schemaname IN ('marts_staging', 'marts_patients_staging', 'marts_patients')
    LOOP
        EXECUTE format('DROP VIEW IF EXISTS %I.%I CASCADE', model.schemaname, model.viewname);
    END LOOP;
END $$
