-- Each change of an account's name, format, zone, cadence or settings is kept with its time, so
-- that it does not alter what is told of the time before it. `registry_version`, which changes with
-- every import, does not fire the trigger.
CREATE OR REPLACE FUNCTION keep_account_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account_history (
        account_id, valid_from, name, format, time_zone, cadence, settings
    ) VALUES (
        NEW.id,
        -- Not the transaction's time, because it may change an account twice.
        CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE clock_timestamp() END,
        NEW.name,
        NEW.format,
        NEW.time_zone,
        NEW.cadence,
        NEW.settings
    );
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER keep_first_account_history AFTER INSERT ON account
FOR EACH ROW EXECUTE FUNCTION keep_account_history();

CREATE OR REPLACE TRIGGER keep_account_history
AFTER UPDATE OF name, format, time_zone, cadence, settings ON account
FOR EACH ROW
WHEN (
    (OLD.name, OLD.format, OLD.time_zone, OLD.cadence, OLD.settings)
    IS DISTINCT FROM (NEW.name, NEW.format, NEW.time_zone, NEW.cadence, NEW.settings)
)
EXECUTE FUNCTION keep_account_history();
