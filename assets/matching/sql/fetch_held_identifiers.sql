-- sqlfluff:dialect:postgres
SELECT patient_identifier.patient_id, patient_identifier.value
FROM wanted_person
JOIN patient_identifier
    ON
        wanted_person.patient_id = patient_identifier.patient_id
        AND patient_identifier.item = %(system)s
UNION ALL
SELECT patient_alias.patient_id, patient_alias.value
FROM wanted_person
JOIN patient_alias
    ON
        wanted_person.patient_id = patient_alias.patient_id
        AND patient_alias.item = %(system)s
