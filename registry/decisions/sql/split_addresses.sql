-- contact/phone/home/value is field `contact`, item `phone/home`, attribute `value`: the item is
-- the text between the first and the last slash. A scalar, `birth_date`, has a field only.
SELECT
    patient_id,
    field,
    attribute,
    new,
    place,
    substr(
        address,
        length(field) + 2,
        greatest(length(address) - length(field) - length(attribute) - 2, 0)
    ) AS item
FROM (
    SELECT
        fact_change.patient_id,
        fact_change.address,
        fact_change.new,
        fact_change.place,
        split_part(fact_change.address, '/', 1) AS field,
        CASE
            WHEN position('/' IN fact_change.address) > 0
                THEN split_part(fact_change.address, '/', -1)
            ELSE ''
        END AS attribute
    FROM fact_change
    WHERE
        NOT EXISTS (
            SELECT FROM removed_patient
            WHERE removed_patient.patient_id = fact_change.patient_id
        )
) AS split_address
