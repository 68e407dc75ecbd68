-- Document queries that no endpoint was there for. They stay in the counts of their import's plan,
-- and a run over the import that a person starts makes them anew.
WITH removed AS (
    DELETE FROM document_query
    WHERE state = 'not-configured' AND planned_at < %(before)s
    RETURNING import_id
),

counted AS (
    UPDATE document_plan
    SET not_asked = document_plan.not_asked + gone.queries
    FROM (
        SELECT
            import_id,
            count(*) AS queries
        FROM removed
        GROUP BY import_id
    ) AS gone
    WHERE document_plan.import_id = gone.import_id
)

SELECT FROM removed
