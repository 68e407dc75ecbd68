-- Each patient whose key is now that of an older one, and was not, is a pair with the oldest.
INSERT INTO review (
    patient_id, other_patient_id, account_id, reason, import_id, attempt, line
)
WITH concerned AS (
    SELECT DISTINCT patient.account_id, patient.name_key
    FROM renewed_key
    JOIN patient ON renewed_key.patient_id = patient.id
),

namesake AS (
    SELECT
        patient.id,
        patient.account_id,
        coalesce(renewed_key.former, patient.name_key) AS former,
        first_value(patient.id) OVER same_person AS oldest,
        first_value(coalesce(renewed_key.former, patient.name_key)) OVER same_person
            AS former_of_oldest
    FROM concerned
    JOIN patient
        ON
            concerned.account_id = patient.account_id
            AND concerned.name_key = patient.name_key
    LEFT JOIN renewed_key ON patient.id = renewed_key.patient_id
    WINDOW
        same_person AS (
            PARTITION BY
                patient.account_id, patient.name_key, patient.birth_date, patient.birth_year
            ORDER BY patient.id
        )
)

SELECT
    namesake.id,
    namesake.oldest,
    namesake.account_id,
    'same_name_in_other_spelling',
    coalesce(came_from.import_id, namesake.id),
    coalesce(came_from.attempt, 0),
    coalesce(came_from.line, 0)
FROM namesake
LEFT JOIN LATERAL (
    SELECT import_id, attempt, line
    FROM patient_change
    WHERE patient_change.patient_id = namesake.id AND patient_change.attempt > 0
    ORDER BY registry_version, received_at, line
    LIMIT 1
) AS came_from ON true
WHERE
    namesake.former <> namesake.former_of_oldest
    AND NOT EXISTS (
        SELECT FROM review
        WHERE
            (review.patient_id, review.other_patient_id) IN (
                (namesake.id, namesake.oldest), (namesake.oldest, namesake.id)
            )
    )
