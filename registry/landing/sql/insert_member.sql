-- The bytes are the archive's, and so is the place in the order of receipt, where ids of members tell
-- which one is before which.
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
    drop_place,
    let_through_by,
    parent_id,
    member
)
SELECT
    %(id)s,
    account_id,
    format,
    source,
    %(file_name)s,
    sha256,
    byte_count,
    received_at,
    ordered_at,
    dry_run,
    default_facility_id,
    %(partition_key)s,
    drop_place,
    let_through_by,
    id,
    %(place)s
FROM import
WHERE id = %(parent)s
ON CONFLICT (id) DO NOTHING
