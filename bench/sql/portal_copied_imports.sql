-- The imports of people who were copied (bench/compare/ballast.py), one for each copy, with attempt
-- and change set.
WITH copied AS (
    INSERT INTO import (
        id, account_id, format, source, file_name, sha256, byte_count, received_at, ordered_at,
        partition_key, state
    )
    SELECT
        {other},
        account_id,
        format,
        (ARRAY['sftp', 'api', 'portal', 'drop'])[1 + mod(%(copy)s, 4)],
        'copy-' || %(copy)s || '.csv',
        sha256,
        byte_count,
        received_at - %(copy)s * interval '1 hour',
        ordered_at - %(copy)s * interval '1 hour',
        partition_key || '-' || %(copy)s,
        state
    FROM import
    WHERE id = %(original)s
),

tried AS (
    INSERT INTO attempt (
        import_id, number, state, started_at, finished_at, records, created, updated, unchanged,
        errored, registry_version
    )
    SELECT
        {other_of_attempt},
        number,
        state,
        started_at - %(copy)s * interval '1 hour',
        finished_at - %(copy)s * interval '1 hour',
        created AS records,
        created,
        0,
        0,
        0,
        registry_version + %(copy)s
    FROM attempt
    WHERE import_id = %(original)s
)

INSERT INTO change_set (account_id, registry_version, id, attempt, searched_at)
SELECT
    account_id,
    registry_version + %(copy)s,
    {other},
    attempt,
    now()
FROM change_set
WHERE id = %(original)s
