SELECT
    patient.id,
    patient.first_name,
    patient.last_name,
    coalesce(patient.birth_date::text, patient.birth_year::text) AS birth,
    patient.gender,
    coalesce((
        SELECT
            json_agg(
                json_build_array(patient_identifier.item, patient_identifier.value)
                ORDER BY patient_identifier.item
            )
        FROM patient_identifier
        WHERE
            patient_identifier.patient_id = patient.id
            AND patient_identifier.item = ANY(%(items)s)
    ), '[]') AS identifiers
FROM patient
WHERE patient.id = ANY(%(patients)s)
