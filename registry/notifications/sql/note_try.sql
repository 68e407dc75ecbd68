INSERT INTO notification (
    event, channel, first_tried_at, tried_at, tries, next_try_at, told_at, fault
)
VALUES (
    %(event)s,
    %(channel)s,
    %(now)s,
    %(now)s,
    1,
    %(next)s,
    CASE WHEN %(fault)s::text IS NULL THEN %(now)s::timestamptz END,
    %(fault)s
)
ON CONFLICT (event, channel) DO UPDATE
    SET
        tried_at = excluded.tried_at,
        tries = notification.tries + 1,
        next_try_at = excluded.next_try_at,
        told_at = excluded.told_at,
        fault = excluded.fault,
        given_up_at = CASE
            WHEN excluded.told_at IS NULL AND notification.first_tried_at <= %(given_up)s
                THEN excluded.tried_at
        END
