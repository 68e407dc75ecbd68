-- A pair of two patients of the import may have been found in an earlier part of it.
INSERT INTO found_pair
SELECT
    patient_id,
    other_patient_id,
    weight,
    probability,
    to_json(evidence),
    caution,
    TRUE
FROM scored_pair
ANTI JOIN found_pair USING (patient_id, other_patient_id)
