-- A caller is notified of each new state of an import that came over the API. An import that is
-- run again notifies only where the caller knows it as failed and it completes now: what a caller
-- was notified of stays true. One that its caller cancels while it waits notifies of nothing: the
-- answer to that call said it.
CREATE OR REPLACE FUNCTION tell_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The answer to a call about one patient says what became of it.
    IF EXISTS (SELECT FROM patient_call WHERE patient_call.import_id = NEW.id) THEN
        RETURN NULL;
    END IF;
    IF NEW.state = 'processing' AND (
        OLD.state <> 'waiting'
        -- A held file that goes on: its caller was notified when it was taken up first.
        OR EXISTS (SELECT FROM file_hold WHERE file_hold.import_id = NEW.id)
    ) THEN
        RETURN NULL;
    END IF;
    IF NEW.state <> 'processing' AND EXISTS (
        SELECT FROM attempt AS earlier
        WHERE earlier.import_id = NEW.id
            AND earlier.finished_at IS NOT NULL
            AND (earlier.state = 'finished' OR NEW.state IN ('failed', 'cancelled'))
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
    AND (
        NEW.state IN ('processing', 'completed', 'failed')
        OR (NEW.state = 'cancelled' AND OLD.state IN ('processing', 'held'))
    )
)
EXECUTE FUNCTION tell_webhook();
