SELECT patient_id
FROM patient_identifier
WHERE
    account_id = %(account)s
    AND item = %(item)s
    AND value = %(value)s
    -- The condition of the unique index, which is used only where it is repeated.
    AND item IN ({systems})
    AND patient_id <> ALL(array_remove(%(holders)s::uuid[], NULL))
UNION ALL
SELECT patient_id
FROM patient_alias
WHERE
    account_id = %(account)s
    AND item = %(item)s
    AND value = %(value)s
    AND patient_id <> ALL(array_remove(%(holders)s::uuid[], NULL))
