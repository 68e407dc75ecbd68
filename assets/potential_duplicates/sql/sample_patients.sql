-- The patients of the labelled pairs, and a sample of all: the same each time.
CREATE OR REPLACE TEMP TABLE training_patient AS
WITH sampled AS (
    SELECT patient_id
    FROM copied.features
    ORDER BY hash(patient_id), patient_id
    LIMIT $most_patients
)

SELECT *
FROM copied.features
WHERE patient_id IN (
        SELECT patient_id FROM same_person
        UNION
        SELECT other_patient_id FROM same_person
        UNION
        SELECT patient_id FROM sampled
    )
