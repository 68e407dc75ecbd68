-- In random order, so that the first ones are a random sample.
INSERT INTO bulk_merge_pair (bulk_merge_id, place, patient_id, other_patient_id)
SELECT
    %(id)s,
    row_number() OVER (ORDER BY random()),
    mergeable.patient_id,
    mergeable.other_patient_id
FROM ({select_mergeable_pairs}) AS mergeable
