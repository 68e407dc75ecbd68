-- What files changed is found by their rows, and what people changed by its change set: the changes
-- themselves have no index over an attempt.
SELECT import_row.patient_id
FROM change_set
JOIN import_row ON change_set.id = import_row.import_id AND change_set.attempt = import_row.attempt
WHERE change_set.account_id = %(account)s
    AND change_set.registry_version > %(since)s
    AND change_set.registry_version <= %(until)s
    AND import_row.outcome IN ('created', 'updated')
UNION
SELECT patient_change.patient_id
FROM change_set
JOIN patient_change ON change_set.id = patient_change.import_id
WHERE change_set.account_id = %(account)s
    AND change_set.registry_version > %(since)s
    AND change_set.registry_version <= %(until)s
    AND patient_change.attempt = 0
UNION
-- An alias is moved with its merge or split, also where that changes no value of a patient.
SELECT decided.patient_id
FROM change_set
JOIN decision ON change_set.id = decision.id
CROSS JOIN unnest(ARRAY[decision.patient_id, decision.other_patient_id]) AS decided (patient_id)
WHERE change_set.account_id = %(account)s
    AND change_set.registry_version > %(since)s
    AND change_set.registry_version <= %(until)s
    AND decided.patient_id IS NOT NULL
