-- All values that an address ever had, in the order of writing, for each address that was changed
-- by something that is not in effect. `places[n]` is where `new_values[n]` was written.
SELECT
    affected_patient.patient_id,
    value_change.key AS address,
    array_agg(value_change.value ->> 1 ORDER BY write_order.place, change.line) AS new_values,
    array_agg(write_order.place ORDER BY write_order.place, change.line) AS places,
    max(write_order.place) FILTER (WHERE write_order.is_effective) AS last_effective_place,
    max(write_order.place) FILTER (WHERE write_order.is_being_undone) AS last_undone_place
FROM affected_patient
CROSS JOIN
    LATERAL (
        -- OFFSET 0 keeps this a look-up for each patient (find_named_patients.sql says why).
        SELECT *
        FROM patient_change
        WHERE patient_change.patient_id = affected_patient.patient_id
        OFFSET 0 -- noqa: AM09
    ) AS change
JOIN write_order USING (import_id, attempt),
    LATERAL json_each(change.changes) AS value_change
WHERE affected_patient.first_ineffective_place IS NOT NULL
GROUP BY affected_patient.patient_id, value_change.key
HAVING NOT bool_and(write_order.is_effective)
