WITH counted AS (
    SELECT
        found.weight,
        count(same_person.patient_id) AS same,
        count(*) - count(same_person.patient_id) AS other
    FROM found
    LEFT JOIN same_person USING (patient_id, other_patient_id)
    GROUP BY found.weight
)

SELECT
    weight,
    (sum(same) OVER ranked)::BIGINT AS same_so_far,
    (sum(other) OVER ranked)::BIGINT AS other_so_far
FROM counted
WINDOW ranked AS (ORDER BY weight DESC)
ORDER BY weight DESC
