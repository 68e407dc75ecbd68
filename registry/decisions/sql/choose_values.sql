-- `place`: when something in effect last asserted the address, by a change or by a confirmation.
-- `new`: the value that the address had at that place, NULL where nothing in effect asserted it.
SELECT
    patient_id,
    address,
    last_assertion.place,
    last_undone_place,
    new_values[cardinality(new_values)] AS old,
    new_values[width_bucket(last_assertion.place, places)] AS new
FROM value_series
LEFT JOIN confirmation USING (patient_id, address),
    LATERAL (
        SELECT greatest(last_effective_place, confirmed_place) AS place
    ) AS last_assertion
