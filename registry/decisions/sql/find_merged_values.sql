-- When a merge in effect last gave an address its value.
SELECT
    change.patient_id,
    merged.key AS address,
    max(write_order.place) AS place
FROM named_patient
CROSS JOIN
    LATERAL (
        -- OFFSET 0 keeps this a look-up for each patient (find_named_patients.sql says why).
        SELECT *
        FROM patient_change
        WHERE patient_change.patient_id = named_patient.patient_id AND patient_change.attempt = 0
        OFFSET 0 -- noqa: AM09
    ) AS change
JOIN write_order USING (import_id, attempt),
    LATERAL json_each(change.changes) AS merged
WHERE write_order.is_merge
GROUP BY change.patient_id, merged.key
