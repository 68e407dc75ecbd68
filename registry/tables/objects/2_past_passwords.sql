-- A new password of a portal user puts the one before it among the past ones, of which none is
-- allowed again. A trigger does so, so that whoever sets a password need not be able to read any.
CREATE OR REPLACE FUNCTION keep_past_password() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.past_password_hashes := (
        array_remove(array_prepend(OLD.password_hash, OLD.past_password_hashes), NULL)
    )[1:4];
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER keep_past_password BEFORE UPDATE OF password_hash ON portal_user
FOR EACH ROW EXECUTE FUNCTION keep_past_password();
