-- At most once within a time the same act of a user at a door, so that a list that is scrolled is
-- one line of the log. Two pages that are opened in the same moment may make two.
INSERT INTO access_event (door, action, account_id, user_name, address, file_name, detail)
SELECT
    %(door)s,
    %(action)s,
    %(account_id)s,
    %(user_name)s,
    %(address)s,
    %(file_name)s,
    %(detail)s
WHERE
    NOT EXISTS (
        SELECT FROM access_event
        WHERE
            access_event.account_id = %(account_id)s
            AND access_event.at > now() - %(within)s
            AND access_event.user_name = %(user_name)s
            AND access_event.door = %(door)s
            AND access_event.action = %(action)s
            AND access_event.detail = %(detail)s
    )
