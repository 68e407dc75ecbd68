-- Each patient with those who come a while later in the order of a hash: the same pairs each time.
CREATE OR REPLACE TEMP TABLE candidate_pair AS
WITH placed AS (
    SELECT patient_id, row_number() OVER (ORDER BY hash(patient_id), patient_id) AS place
    FROM {features}
)

SELECT
    least(one.patient_id, other.patient_id) AS join_key_l,
    greatest(one.patient_id, other.patient_id) AS join_key_r,
    '0' AS match_key
FROM placed AS one
CROSS JOIN range(1, $partners + 1) AS step (far)
JOIN placed AS other ON one.place + step.far = other.place
ANTI JOIN same_person
    ON
        same_person.patient_id = least(one.patient_id, other.patient_id)
        AND same_person.other_patient_id = greatest(one.patient_id, other.patient_id)
