-- The bytes are the archive's, and so is the place in the order of receipt, where ids of members
-- tell which one is before which.
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
    import.account_id,
    import.format,
    import.source,
    %(file_name)s,
    import.sha256,
    import.byte_count,
    import.received_at,
    import.ordered_at,
    import.dry_run,
    import.default_facility_id,
    %(partition_key)s,
    import.drop_place,
    import.let_through_by,
    import.id AS parent_id,
    %(place)s
FROM import
WHERE import.id = %(parent)s
ON CONFLICT (id) DO NOTHING
