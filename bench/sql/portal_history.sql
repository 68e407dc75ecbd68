-- Imports without rows of ours in the ledger, one an hour before all others.
WITH made AS (
    INSERT INTO import (
        id, account_id, format, source, file_name, sha256, byte_count, received_at, ordered_at,
        partition_key, state
    )
    SELECT
        gen_random_uuid(),
        %(account)s,
        'thoroughcare',
        (ARRAY['sftp', 'api', 'portal'])[1 + mod(number, 3)],
        'roster-' || number || '.csv',
        md5(number::text),
        60000,
        now() - interval '1 day' - number * interval '1 hour',
        now() - interval '1 day' - number * interval '1 hour',
        '2026-01-01_bench_' || lpad(number::text, 10, '0'),
        CASE WHEN mod(number, 20) = 1 THEN 'failed' ELSE 'completed' END
    FROM generate_series(1, %(imports)s) AS number
    RETURNING id, received_at
)

INSERT INTO attempt (
    import_id, number, state, started_at, finished_at, records, created, updated, unchanged, errored
)
SELECT
    id,
    1,
    'finished',
    received_at,
    received_at + interval '9 seconds',
    900,
    810,
    0,
    0,
    90
FROM made
