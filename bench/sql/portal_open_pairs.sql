-- Pairs with a score and evidence, as a search for near-duplicates leaves them.
WITH numbered AS (
    SELECT
        id,
        row_number() OVER (ORDER BY id) AS number
    FROM patient
    WHERE account_id = %(account)s
    ORDER BY id
    LIMIT 2 * %(pairs)s
)

INSERT INTO review (
    patient_id, other_patient_id, account_id, reason, import_id, attempt, line, weight, probability,
    evidence, created_at
)
SELECT
    younger.id AS patient_id,
    older.id AS other_patient_id,
    %(account)s,
    'similar',
    %(original)s,
    1,
    2,
    4 + mod(older.number, 600) / 10.0,
    0.99,
    (
        SELECT
            jsonb_agg(
                jsonb_build_object(
                    'field', field, 'title', field, 'level', 'same', 'words', 'the same', 'weight',
                    length(field)
                )
            )
        FROM
            unnest(
                ARRAY[
                    'first name', 'last name', 'birth date', 'phone', 'e-mail', 'address', 'gender',
                    'zip code'
                ]
            ) AS field
    ),
    now() - older.number * interval '1 minute'
FROM numbered AS older
JOIN numbered AS younger ON older.number + 1 = younger.number
WHERE mod(older.number, 2) = 1
