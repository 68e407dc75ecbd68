SELECT
    happened.event,
    channel.channel,
    coalesce(notification.tries, 0) AS tries
FROM unnest(%(events)s::text[]) WITH ORDINALITY AS happened (event, place)
CROSS JOIN unnest(%(channels)s::text[]) AS channel (channel)
LEFT JOIN notification
    ON happened.event = notification.event AND channel.channel = notification.channel
WHERE notification.event IS NULL
    OR (
        notification.told_at IS NULL
        AND notification.given_up_at IS NULL
        AND notification.next_try_at <= %(now)s
    )
ORDER BY channel.channel, happened.place
