INSERT INTO review (
    patient_id, other_patient_id, account_id, reason, import_id, attempt, line, weight, state,
    judged_at, judged_by
)
SELECT
    gen_random_uuid(),
    gen_random_uuid(),
    %(account)s,
    'similar',
    %(original)s,
    1,
    2,
    4 + mod(number, 30),
    CASE WHEN mod(number, 9) > 0 THEN 'same' ELSE 'different' END,
    now(),
    'bench'
FROM generate_series(1, %(pairs)s) AS number
