-- How the gateway's login looks up who signs in: one user at a time, by something that only they
-- know or are known by. It may not read the tables of users, so nobody lists users, addresses or
-- password hashes with it. Each function runs with the rights of the tables' owner, with a fixed
-- search path.

-- A portal user without their passwords. Nobody may read this view; the functions return its rows.
CREATE OR REPLACE VIEW portal_person AS
SELECT
    id,
    account_id,
    name,
    role,
    has_password,
    disabled,
    created_at,
    signed_in_at,
    must_change_password,
    session_generation,
    second_factor_at
FROM portal_user;

CREATE OR REPLACE FUNCTION portal_person_named(given text) RETURNS SETOF portal_person
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = public, pg_temp AS $$
    SELECT * FROM portal_person WHERE name = given
$$;

CREATE OR REPLACE FUNCTION portal_person_of_session(given text) RETURNS SETOF portal_person
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = public, pg_temp AS $$
    SELECT * FROM portal_person
    WHERE id = (SELECT user_id FROM portal_session WHERE sha256 = given)
$$;

CREATE OR REPLACE FUNCTION portal_person_of_link(given text) RETURNS SETOF portal_person
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = public, pg_temp AS $$
    SELECT * FROM portal_person
    WHERE id = (SELECT user_id FROM portal_link WHERE sha256 = given)
$$;

CREATE OR REPLACE FUNCTION portal_person_of_identity(given_issuer text, given_subject text)
RETURNS SETOF portal_person
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = public, pg_temp AS $$
    SELECT * FROM portal_person
    WHERE id = (
        SELECT user_id FROM portal_identity
        WHERE issuer = given_issuer AND subject = given_subject
    )
$$;

-- What a password is compared with: argon2 is not in PostgreSQL, so the gateway judges.
CREATE OR REPLACE FUNCTION portal_passwords_of(
    given text, OUT password_hash text, OUT past_password_hashes text[]
) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = public, pg_temp AS $$
    SELECT password_hash, past_password_hashes FROM portal_user WHERE name = given
$$;

DROP FUNCTION IF EXISTS is_known_address(text, text, timestamptz, text);

CREATE OR REPLACE FUNCTION sftp_users_named(given text[]) RETURNS SETOF sftp_user
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM sftp_user WHERE name = ANY(given)
$$;

REVOKE EXECUTE ON FUNCTION
portal_person_named,
portal_person_of_session,
portal_person_of_link,
portal_person_of_identity,
portal_passwords_of,
sftp_users_named
FROM public;
