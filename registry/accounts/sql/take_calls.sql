-- Takes `wanted` calls of a key, or as many as its limit leaves in the sliding minute: the
-- calls of this minute of the clock, and those of the minute before, weighted by what of it
-- is within the last sixty seconds. No row if no such key is valid. Not even a clock that
-- differs lets a minute begin twice.
INSERT INTO call_count AS kept (key_id, minute, calls, calls_before, granted)
SELECT
    api_key.id,
    floor(extract(EPOCH FROM clock_timestamp()) / 60),
    least(%(wanted)s, %(limit)s),
    0,
    least(%(wanted)s, %(limit)s)
FROM api_key
WHERE api_key.sha256 = %(sha256)s AND api_key.revoked_at IS NULL
ON CONFLICT (key_id) DO UPDATE
    SET
        (minute, calls, calls_before, granted) = (
            SELECT
                used.minute,
                used.calls + used.granted,
                used.calls_before,
                used.granted
            FROM (
                SELECT
                    of_now.*,
                    greatest(
                        least(
                            %(wanted)s,
                            %(limit)s - of_now.calls - ceil(
                                of_now.calls_before * of_now.share_before
                            )
                        ),
                        0
                    ) AS granted
                FROM (
                    SELECT
                        this.minute,
                        CASE kept.minute WHEN this.minute THEN kept.calls ELSE 0 END AS calls,
                        CASE kept.minute
                            WHEN this.minute THEN kept.calls_before
                            WHEN this.minute - 1 THEN kept.calls
                            ELSE 0
                        END AS calls_before,
                        1 - least(
                            greatest(
                                extract(EPOCH FROM clock_timestamp()) / 60 - this.minute, 0
                            ),
                            1
                        ) AS share_before
                    FROM (SELECT greatest(kept.minute, excluded.minute) AS minute) AS this
                ) AS of_now
            ) AS used
        )
RETURNING
    granted,
    calls,
    calls_before,
    least(greatest(extract(EPOCH FROM clock_timestamp()) - minute * 60, 0), 60)::double precision
