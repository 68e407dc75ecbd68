-- The row that asks is that of the younger patient, if it is one of the import.
SELECT
    found_pair.patient_id::VARCHAR AS patient_id,
    found_pair.other_patient_id::VARCHAR AS other_patient_id,
    round(found_pair.weight, 4) AS weight,
    round(found_pair.probability, 6) AS probability,
    found_pair.evidence,
    found_pair.caution,
    found_pair.is_similar,
    coalesce(younger.attempt, older.attempt) AS attempt,
    coalesce(younger.line, older.line) AS line
FROM found_pair
LEFT JOIN searched_number AS younger ON found_pair.other_patient_id = younger.patient_id
LEFT JOIN searched_number AS older ON found_pair.patient_id = older.patient_id
