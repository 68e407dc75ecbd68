-- A caller is notified of each new state of an import that came over the API. An import that is
-- run again notifies only where the caller knows it as failed and it completes now: what a caller
-- was notified of stays true.
CREATE OR REPLACE FUNCTION tell_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'processing' AND OLD.state <> 'waiting' THEN
        RETURN NULL;
    END IF;
    IF NEW.state <> 'processing' AND EXISTS (
        SELECT FROM attempt AS earlier
        WHERE earlier.import_id = NEW.id
            AND earlier.finished_at IS NOT NULL
            AND (earlier.state = 'finished' OR NEW.state = 'failed')
            AND earlier.number < (
                SELECT max(latest.number) FROM attempt AS latest WHERE latest.import_id = NEW.id
            )
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO webhook_message (account_id, import_id, state, reason)
    SELECT NEW.account_id, NEW.id, NEW.state, NEW.reason
    FROM webhook
    WHERE webhook.account_id = NEW.account_id AND webhook.url IS NOT NULL;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER tell_webhook AFTER UPDATE OF state ON import
FOR EACH ROW
WHEN (
    NEW.source = 'api'
    AND OLD.state IS DISTINCT FROM NEW.state
    AND NEW.state IN ('processing', 'completed', 'failed')
)
EXECUTE FUNCTION tell_webhook();
