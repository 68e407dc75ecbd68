-- When a row of an attempt in effect last carried an address, whether it changed it or not.
-- A field has a bit in import_row.confirmed. An item of a list has a hash in confirmed_items, as
-- has a list that was cleared (`field/`). For rows from before hashes were recorded it is not
-- known what they repeated; a value that they may have repeated is not taken away.
SELECT
    value_series.patient_id,
    value_series.address,
    max(effective_row.place) AS confirmed_place
FROM (
    SELECT
        import_row.patient_id,
        write_order.place,
        write_order.predates_hashes,
        import_row.confirmed,
        import_row.confirmed_items
    FROM write_order
    JOIN import_row USING (import_id, attempt)
    JOIN affected_patient
        ON
            import_row.patient_id = affected_patient.patient_id
            AND affected_patient.remains
            AND write_order.place > affected_patient.first_ineffective_place
    WHERE write_order.is_effective
) AS effective_row
JOIN value_series USING (patient_id)
LEFT JOIN unnest(%(addresses)s::text[], %(bits)s::bigint[]) AS confirmable (address, bit)
    USING (address),
    LATERAL (
        SELECT
            split_part(address, '/', 1) AS field,
            split_part(address, '/', -1) AS attribute
    ) AS address_part
WHERE
    CASE
        WHEN confirmable.bit IS NOT NULL THEN effective_row.confirmed & confirmable.bit <> 0
        WHEN effective_row.predates_hashes THEN TRUE
        ELSE
            -- The hash of registry/patients/last_asserted.py:item_hash, of the item and the list.
            ARRAY[
                (
                    'x0' || left(md5(field || '/' || substr(
                        address,
                        length(field) + 2,
                        greatest(length(address) - length(field) - length(attribute) - 2, 0)
                    )), 7)
                )::bit(32)::integer,
                ('x0' || left(md5(field || '/'), 7))::bit(32)::integer
            ] && effective_row.confirmed_items
    END
GROUP BY value_series.patient_id, value_series.address
