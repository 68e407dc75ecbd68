-- The pair begins anew; of what many pairs share, only this try is given back, or one good
-- sign-in now and then would hide any number of guesses. Codes of a user begin anew for all
-- addresses, because only who knows the password guesses them. Rows are locked in the order
-- in which tries count them, because users sign in at the same time.
WITH counted AS (
    SELECT FROM sign_in_count
    WHERE kind = %(kind)s
        AND (address, user_name) IN (
            SELECT * FROM unnest(%(addresses)s::text[], %(user_names)s::text[])
        )
    ORDER BY address = '', user_name = ''
    FOR UPDATE
)

UPDATE sign_in_count
SET
    tries = CASE
        WHEN user_name <> '' AND (address <> '' OR %(users_begin_anew)s) THEN 0
        ELSE greatest(tries - 1, 0)
    END,
    signed_in_at = CASE WHEN address = '' OR user_name = '' THEN signed_in_at ELSE now() END
WHERE kind = %(kind)s
    AND (address, user_name) IN (
        SELECT * FROM unnest(%(addresses)s::text[], %(user_names)s::text[])
    )
    AND (SELECT count(*) FROM counted) > 0
