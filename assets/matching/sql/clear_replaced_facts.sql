-- A row that states all items of a field clears those that it does not bring.
INSERT INTO brought
SELECT
    row_patient.line,
    row_patient.patient,
    stored_fact.field,
    stored_fact.item,
    stored_fact.attribute,
    NULL,
    65535,
    coalesce(confirmed.bit, 0),
    row_patient.is_lone,
    row_patient.is_new
FROM row_patient
JOIN staged_full USING (line)
JOIN stored_fact USING (patient)
LEFT JOIN (
    SELECT unnest($addresses::VARCHAR[]) AS address, unnest($bits::BIGINT[]) AS bit
) AS confirmed
    ON
        fact_address(stored_fact.field, stored_fact.item, stored_fact.attribute)
        = confirmed.address
ANTI JOIN brought AS own
    ON
        row_patient.line = own.line
        AND stored_fact.field = own.field
        AND stored_fact.item = own.item
        AND stored_fact.attribute = own.attribute
WHERE
    list_contains(string_split(staged_full.{slot}, ' '), stored_fact.field::VARCHAR)
    AND (
        stored_fact.field <> 'identifier'
        OR list_contains($systems::VARCHAR[], split_part(stored_fact.item, '/', 1))
    )
