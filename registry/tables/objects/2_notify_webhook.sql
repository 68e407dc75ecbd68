-- A caller is notified of each new state of an import that came over the API. An import that is
-- run again notifies only where the caller knows it as failed and it completes now: what a caller
-- was notified of stays true. One that its caller cancels while it waits notifies of nothing: the
-- answer to that call said it.
--
-- Of an archive its caller is notified as of one file: when it is taken up, and once the first
-- attempts over all its members are over. The members, which are requests of their own, notify of
-- nothing.
CREATE OR REPLACE FUNCTION tell_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The answer to a call about one patient says what became of it.
    IF EXISTS (SELECT FROM patient_call WHERE patient_call.import_id = NEW.id) THEN
        RETURN NULL;
    END IF;
    IF NEW.parent_id IS NOT NULL THEN
        -- Of two members that end at the same time, one waits here and finds what the other was.
        PERFORM FROM import WHERE import.id = NEW.parent_id FOR UPDATE;
        INSERT INTO webhook_message (account_id, import_id, state, reason)
        SELECT
            archive.account_id,
            archive.id,
            CASE
                WHEN bool_or(member.state = 'completed') THEN 'completed'
                WHEN bool_and(member.state = 'cancelled') THEN 'cancelled'
                ELSE 'failed'
            END,
            archive.reason
        FROM import AS archive
        JOIN import AS member ON archive.id = member.parent_id
        JOIN webhook ON archive.account_id = webhook.account_id AND webhook.url IS NOT NULL
        WHERE archive.id = NEW.parent_id
            AND NEW.state <> 'processing'
            AND NOT EXISTS (
                SELECT FROM attempt AS further
                JOIN import AS again ON further.import_id = again.id
                WHERE again.parent_id = archive.id AND further.number > 1
            )
        GROUP BY archive.id
        HAVING NOT bool_or(member.state IN ('waiting', 'processing', 'held'));
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
        OR (NEW.state = 'cancelled' AND NEW.parent_id IS NOT NULL)
    )
)
EXECUTE FUNCTION tell_webhook();
