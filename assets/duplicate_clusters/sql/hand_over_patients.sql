-- noqa: disable=LT02
-- Spark has no unsigned numbers, and no UUID; texts of UUID have the order of UUID.
COPY (
    SELECT * REPLACE (
        patient_id::VARCHAR AS patient_id,
        list_transform(
            other_identifiers, LAMBDA item: (item::HUGEINT - 9223372036854775808)::BIGINT
        ) AS other_identifiers,
        list_transform(
            policies, LAMBDA item: (item::HUGEINT - 9223372036854775808)::BIGINT
        ) AS policies,
        list_transform(
            key_phone, LAMBDA item: (item::HUGEINT - 9223372036854775808)::BIGINT
        ) AS key_phone,
        list_transform(
            key_email, LAMBDA item: (item::HUGEINT - 9223372036854775808)::BIGINT
        ) AS key_email
    )
    FROM ({patients})
) TO '{file}' (FORMAT parquet)
