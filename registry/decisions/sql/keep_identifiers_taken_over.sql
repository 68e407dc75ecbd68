-- An identifier whose old value is another patient's now, shown or as an alias, stays as it is,
-- unless the other patient gives it up in this same undo.
DELETE FROM value_to_restore
USING (
    SELECT wanted.patient_id, split_part(wanted.address, '/', 2) AS item
    FROM value_to_restore AS wanted
    LEFT JOIN patient_identifier
        ON
            patient_identifier.account_id = %(account)s
            AND wanted.new = patient_identifier.value
            AND patient_identifier.item = split_part(wanted.address, '/', 2)
            AND wanted.patient_id <> patient_identifier.patient_id
    LEFT JOIN patient_alias
        ON
            patient_alias.account_id = %(account)s
            AND wanted.new = patient_alias.value
            AND patient_alias.item = split_part(wanted.address, '/', 2)
            AND wanted.patient_id <> patient_alias.patient_id
    LEFT JOIN value_to_restore AS given_up
        ON
            patient_identifier.patient_id = given_up.patient_id
            AND wanted.address = given_up.address
    WHERE
        wanted.address = ANY(%(addresses)s)
        AND wanted.new IS NOT NULL
        AND (
            patient_alias.patient_id IS NOT NULL
            OR (patient_identifier.patient_id IS NOT NULL AND given_up.patient_id IS NULL)
        )
) AS taken_over
WHERE
    value_to_restore.patient_id = taken_over.patient_id
    AND split_part(value_to_restore.address, '/', 1) = 'identifier'
    AND split_part(value_to_restore.address, '/', 2) = taken_over.item
