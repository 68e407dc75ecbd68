-- What rows in effect carried an address, whether they changed it or not; of those rows the
-- highest rank (choose_values.sql). A row that carried the value which a newer file had set
-- already says so as well: whoever was first. A field has a bit in import_row.confirmed. An item
-- of a list has a hash in confirmed_items, as has a list that was cleared (`field/`). For rows
-- from before hashes were recorded it is not known what they repeated; a value that they may have
-- repeated is not taken away. Nor is it known of rows from before revision 0014 that a newer file
-- was before: those have no bit even for the first name, which every row carries, and say only
-- which values of theirs differed.
SELECT
    value_series.patient_id,
    value_series.address,
    max(
        CASE
            WHEN merged_value.place IS NULL OR effective_row.place > merged_value.place THEN 2
            ELSE 0
        END::bigint << 40
        | effective_row.receipt << 1
    ) AS assertion_rank
FROM (
    SELECT
        import_row.patient_id,
        import_row.import_id,
        import_row.attempt,
        import_row.line,
        write_order.place,
        write_order.receipt,
        write_order.predates_hashes,
        import_row.confirmed,
        import_row.confirmed_items
    FROM write_order
    JOIN import_row USING (import_id, attempt)
    JOIN affected_patient
        ON
            import_row.patient_id = affected_patient.patient_id
            AND affected_patient.remains
            AND (
                write_order.place > affected_patient.first_ineffective_place
                OR write_order.receipt > affected_patient.late_receipt
            )
    WHERE write_order.is_effective
) AS effective_row
JOIN value_series USING (patient_id)
LEFT JOIN merged_value USING (patient_id, address)
LEFT JOIN unnest(%(addresses)s::text[], %(bits)s::bigint[]) AS confirmable (address, bit)
    USING (address),
    LATERAL (
        SELECT
            split_part(address, '/', 1) AS field,
            split_part(address, '/', -1) AS attribute
    ) AS address_part
WHERE
    CASE
        WHEN confirmable.bit IS NOT NULL AND effective_row.confirmed & %(first_name)s <> 0
            THEN effective_row.confirmed & confirmable.bit <> 0
        WHEN confirmable.bit IS NOT NULL
            THEN NOT EXISTS (
                    SELECT FROM row_issue
                    WHERE
                        row_issue.import_id = effective_row.import_id
                        AND row_issue.attempt = effective_row.attempt
                        AND row_issue.line = effective_row.line
                        AND row_issue.code = 'kept_newer_value'
                        AND starts_with(row_issue.message, value_series.address || %(kept_newer)s)
                )
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
