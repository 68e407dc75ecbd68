DELETE FROM sign_in_count
USING unnest(%(kinds)s::text[], %(seconds)s::double precision[]) AS limits (kind, seconds)
WHERE sign_in_count.kind = limits.kind
    AND sign_in_count.last_at < now() - make_interval(secs => limits.seconds)
    AND coalesce(
        sign_in_count.signed_in_at < now() - make_interval(days => %(known_days)s), true
    )
