-- All values that an address ever had, in the order of writing, for each address that was changed
-- by something that is not in effect, or whose value a row in effect was refused.
-- `places[n]` is where `new_values[n]` was written. `assertion_rank` (choose_values.sql) is the
-- highest of the changes in effect.
SELECT
    fact.patient_id,
    fact.address,
    array_agg(fact.new_value ORDER BY fact.place, fact.line) AS new_values,
    array_agg(fact.place ORDER BY fact.place, fact.line) AS places,
    max(
        CASE
            WHEN merged_value.place IS NULL OR fact.place > merged_value.place THEN 2
            WHEN fact.place = merged_value.place THEN 1
            ELSE 0
        END::bigint << 40
        | fact.receipt << 1
    ) FILTER (WHERE fact.is_effective) AS assertion_rank,
    max(fact.place) FILTER (WHERE fact.is_being_undone) AS last_undone_place
FROM (
    SELECT
        affected_patient.patient_id,
        value_change.key AS address,
        value_change.value ->> 1 AS new_value,
        change.line,
        write_order.place,
        write_order.receipt,
        write_order.is_effective,
        write_order.is_being_undone
    FROM affected_patient
    CROSS JOIN
        LATERAL (
            -- OFFSET 0 keeps this a look-up for each patient (find_named_patients.sql says why).
            SELECT *
            FROM full_change
            WHERE full_change.patient_id = affected_patient.patient_id
            OFFSET 0 -- noqa: AM09
        ) AS change
    JOIN write_order USING (import_id, attempt),
        LATERAL json_each(change.changes) AS value_change
    WHERE
        affected_patient.first_ineffective_place IS NOT NULL
        OR affected_patient.late_receipt IS NOT NULL
) AS fact
LEFT JOIN merged_value USING (patient_id, address)
LEFT JOIN refused_assertion USING (patient_id, address)
GROUP BY fact.patient_id, fact.address, refused_assertion.patient_id
HAVING NOT bool_and(fact.is_effective) OR refused_assertion.patient_id IS NOT NULL
UNION ALL
-- A value that was refused because a newer file had cleared what nobody had set.
SELECT
    refused_assertion.patient_id,
    refused_assertion.address,
    NULL,
    NULL,
    NULL,
    NULL
FROM refused_assertion
WHERE
    NOT EXISTS (
        SELECT
        FROM full_change
        WHERE
            full_change.patient_id = refused_assertion.patient_id
            AND full_change.changes -> refused_assertion.address IS NOT NULL
    )
