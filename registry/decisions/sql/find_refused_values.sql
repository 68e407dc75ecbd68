-- What rows in effect brought and a newer file kept out: of each address the value that was
-- received last. It counts once that newer file does not.
SELECT DISTINCT ON (refusal.patient_id, refused.key)
    refusal.patient_id,
    refused.key AS address,
    refused.value,
    write_order.place,
    write_order.receipt
FROM named_patient
CROSS JOIN
    LATERAL (
        -- OFFSET 0 keeps this a look-up for each patient (find_named_patients.sql says why).
        SELECT *
        FROM refused_value
        WHERE refused_value.patient_id = named_patient.patient_id
        OFFSET 0 -- noqa: AM09
    ) AS refusal
JOIN write_order USING (import_id, attempt),
    LATERAL json_each_text(refusal.refused) AS refused
WHERE write_order.is_effective
ORDER BY refusal.patient_id ASC, refused.key ASC, write_order.receipt DESC
