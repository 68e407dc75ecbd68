-- The value of each address, and `place`: where what is in effect asserted it last. NULL where
-- nothing in effect asserted it.
--
-- Assertions are ranked: 2 << 40 for a file or a person, 1 << 40 for a merge, 0 for what was
-- written before that merge or was refused; then the receipt << 1; then 1 where a newer file
-- refused it. A merge moves what was there, so a refused value, which was not, does not replace
-- it.
SELECT
    ranked.patient_id,
    ranked.address,
    write_order.place,
    ranked.last_undone_place,
    ranked.assertion_rank & 1 = 1 AS was_refused,
    ranked.new_values[cardinality(ranked.new_values)] AS old,
    CASE
        WHEN ranked.assertion_rank & 1 = 1 THEN ranked.refused_value
        ELSE ranked.new_values[width_bucket(write_order.place, ranked.places)]
    END AS new
FROM (
    SELECT
        value_series.patient_id,
        value_series.address,
        value_series.new_values,
        value_series.places,
        value_series.last_undone_place,
        refused_assertion.value AS refused_value,
        greatest(
            value_series.assertion_rank,
            confirmation.assertion_rank,
            CASE WHEN merged_value.place IS NULL THEN 2 ELSE 0 END::bigint << 40
            | refused_assertion.receipt << 1
            | 1
        ) AS assertion_rank
    FROM value_series
    LEFT JOIN confirmation USING (patient_id, address)
    LEFT JOIN refused_assertion USING (patient_id, address)
    LEFT JOIN merged_value USING (patient_id, address)
) AS ranked
LEFT JOIN write_order
    ON (ranked.assertion_rank & ((1::bigint << 40) - 1)) >> 1 = write_order.receipt
