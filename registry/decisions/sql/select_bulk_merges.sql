SELECT
    bulk_merge.id,
    bulk_merge.account_id,
    bulk_merge.lowest_weight,
    bulk_merge.sample_size,
    bulk_merge.next_place,
    bulk_merge.state,
    bulk_merge.created_at,
    bulk_merge.created_by,
    bulk_merge.ended_at,
    counted.*
FROM bulk_merge
CROSS JOIN
    LATERAL (
        SELECT
            count(*) AS pairs,
            count(*) FILTER (WHERE bulk_merge_pair.is_merged) AS merged,
            count(*) FILTER (WHERE sampled.state = 'open') AS sample_open,
            count(*) FILTER (WHERE sampled.state = 'same') AS sample_same,
            count(*) FILTER (WHERE sampled.state = 'different') AS sample_different
        FROM bulk_merge_pair
        LEFT JOIN review AS sampled
            ON bulk_merge_pair.place <= bulk_merge.sample_size
                AND bulk_merge_pair.patient_id = sampled.patient_id
                AND bulk_merge_pair.other_patient_id = sampled.other_patient_id
        WHERE bulk_merge_pair.bulk_merge_id = bulk_merge.id
    ) AS counted
WHERE bulk_merge.account_id = %(account)s
