CREATE OR REPLACE TEMP TABLE found AS
SELECT DISTINCT one.patient_id, other.patient_id AS other_patient_id, 1.0 AS weight
FROM features AS one
JOIN features AS other
    ON
        one.first_full = other.first_full
        AND one.last_name = other.last_name
        AND one.birth_date = other.birth_date
        AND one.gender IS NOT DISTINCT FROM other.gender
        AND one.patient_id < other.patient_id
UNION
SELECT DISTINCT one.patient_id, other.patient_id AS other_patient_id, 1.0 AS weight
FROM (SELECT patient_id, unnest(list_concat(key_mbi, key_ehr)) AS key FROM features) AS one
JOIN (SELECT patient_id, unnest(list_concat(key_mbi, key_ehr)) AS key FROM features) AS other
    ON one.key = other.key AND one.patient_id < other.patient_id
