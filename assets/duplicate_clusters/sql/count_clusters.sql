SELECT
    count(*) FILTER (WHERE patients = 2) AS pairs,
    count(*) FILTER (WHERE patients > 2) AS larger,
    coalesce(max(patients), 0) AS largest
FROM (
    SELECT count(*) AS patients
    FROM {clusters}
    GROUP BY cluster_id
) AS cluster
