SELECT
    bulk_merge_pair.place,
    bulk_merge_pair.patient_id,
    bulk_merge_pair.other_patient_id,
    mergeable.patient_id IS NOT NULL AS is_mergeable
FROM bulk_merge_pair
LEFT JOIN ({select_mergeable_pairs}) AS mergeable
    ON bulk_merge_pair.patient_id = mergeable.patient_id
        AND bulk_merge_pair.other_patient_id = mergeable.other_patient_id
WHERE bulk_merge_pair.bulk_merge_id = %(id)s AND bulk_merge_pair.place >= %(next_place)s
ORDER BY bulk_merge_pair.place
LIMIT %(count)s
