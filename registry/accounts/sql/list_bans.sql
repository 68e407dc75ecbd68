WITH limits AS (
    SELECT
        listed.kind,
        listed.of_pair,
        listed.of_address,
        listed.of_user,
        make_interval(secs => listed.seconds) AS holds
    FROM
        unnest(
            %(kinds)s::text[],
            %(of_pair)s::integer[],
            %(of_address)s::integer[],
            %(of_user)s::integer[],
            %(seconds)s::double precision[]
        ) AS listed (kind, of_pair, of_address, of_user, seconds)
)

SELECT
    sign_in_count.kind,
    nullif(sign_in_count.address, '') AS address,
    nullif(sign_in_count.user_name, '') AS user_name,
    sign_in_count.tries,
    sign_in_count.last_at AS since,
    sign_in_count.last_at + limits.holds AS until
FROM sign_in_count
JOIN limits ON sign_in_count.kind = limits.kind
WHERE sign_in_count.last_at > now() - limits.holds
    AND sign_in_count.tries >= CASE
        WHEN sign_in_count.address = '' THEN limits.of_user
        WHEN sign_in_count.user_name = '' THEN limits.of_address
        ELSE limits.of_pair
    END
    AND (%(address)s::text IS NULL OR sign_in_count.address = %(address)s)
ORDER BY sign_in_count.last_at DESC
