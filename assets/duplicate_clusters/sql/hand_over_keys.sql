-- Spark has no unsigned numbers; these keep the order of the keys.
COPY (
    SELECT
        number,
        rule,
        (key::HUGEINT - 9223372036854775808)::BIGINT AS key
    FROM copied.patient_key
) TO '{file}' (FORMAT parquet)
