-- `ordered_at` follows the ledger: it is after that of every import that the account has, also
-- where some clock was ahead when that one came. A microsecond in between is left for what people
-- set.
INSERT INTO import (
    id,
    account_id,
    format,
    source,
    file_name,
    sha256,
    byte_count,
    received_at,
    ordered_at,
    dry_run,
    default_facility_id,
    partition_key,
    drop_name,
    drop_place,
    member
) VALUES (
    %(id)s,
    %(account)s,
    %(format)s,
    %(source)s,
    %(file_name)s,
    %(sha256)s,
    %(byte_count)s,
    %(received_at)s,
    greatest(
        %(received_at)s,
        (
            SELECT max(earlier.ordered_at) + interval '2 microseconds'
            FROM import AS earlier
            WHERE earlier.account_id = %(account)s
        )
    ),
    %(dry_run)s,
    %(default_facility_id)s,
    %(partition_key)s,
    %(drop_name)s,
    %(drop_place)s,
    %(member)s
)
-- Whoever works on small files at once listens; it is told when the transaction is committed.
RETURNING CASE WHEN %(is_awaited)s THEN pg_notify(%(channel)s, '') END
