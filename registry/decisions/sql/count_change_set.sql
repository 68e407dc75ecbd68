SELECT
    count(DISTINCT patient_id),
    count(DISTINCT patient_id) FILTER (
        WHERE address = ANY(%(required)s) AND old IS NOT NULL AND new IS NULL
    )
FROM fact_change
