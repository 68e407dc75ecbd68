-- Without a score where a veto says that the two are different people.
INSERT INTO found_pair
SELECT
    candidate_pair.join_key_l,
    candidate_pair.join_key_r,
    scored_pair.weight,
    scored_pair.probability,
    to_json(scored_pair.evidence),
    scored_pair.caution,
    FALSE
FROM candidate_pair
LEFT JOIN scored_pair
    ON candidate_pair.join_key_l = scored_pair.patient_id
        AND candidate_pair.join_key_r = scored_pair.other_patient_id
