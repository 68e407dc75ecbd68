CREATE OR REPLACE TEMP TABLE judged AS
SELECT scored_pair.*, same_person.patient_id IS NOT NULL AS is_same
FROM scored_pair
LEFT JOIN same_person USING (patient_id, other_patient_id)
