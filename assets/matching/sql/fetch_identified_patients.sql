-- sqlfluff:dialect:postgres
-- `item IN (…)` repeats the condition of the partial index, so that PostgreSQL uses it.
SELECT wanted.value, patient_identifier.patient_id
FROM {wanted} AS wanted
JOIN patient_identifier
    ON
        patient_identifier.account_id = %(account_id)s
        AND patient_identifier.item = %(system)s
        AND wanted.value = patient_identifier.value
        AND patient_identifier.item IN ({systems})
UNION ALL
SELECT wanted.value, patient_alias.patient_id
FROM {wanted} AS wanted
JOIN patient_alias
    ON
        patient_alias.account_id = %(account_id)s
        AND patient_alias.item = %(system)s
        AND wanted.value = patient_alias.value
