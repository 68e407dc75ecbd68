INSERT INTO import (
    id,
    account_id,
    format,
    source,
    file_name,
    sha256,
    byte_count,
    received_at,
    dry_run,
    default_facility_id,
    partition_key,
    drop_name
) VALUES (
    %(id)s,
    %(account)s,
    %(format)s,
    %(source)s,
    %(file_name)s,
    %(sha256)s,
    %(byte_count)s,
    %(received_at)s,
    %(dry_run)s,
    %(default_facility_id)s,
    %(partition_key)s,
    %(drop_name)s
)
