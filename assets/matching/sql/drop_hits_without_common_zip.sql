-- A stored patient without an address matches any zip (Metriport's rule).
DELETE FROM demographic_hit
WHERE
    EXISTS (
        SELECT 1
        FROM stored_zip
        WHERE stored_zip.patient_id = demographic_hit.patient_id
    )
    AND NOT EXISTS (
        SELECT 1
        FROM stored_zip
        JOIN row_key ON row_key.tier = $tier AND right(row_key.value, 5) = stored_zip.zip
        WHERE
            stored_zip.patient_id = demographic_hit.patient_id
            AND row_key.line = demographic_hit.line
    )
