CREATE OR REPLACE TEMP TABLE numbered_pair AS
WITH holder AS (
    SELECT key, number
    FROM copied.patient_key
    WHERE key IN (SELECT key FROM chosen_key WHERE is_chosen)
)

SELECT DISTINCT
    least(chosen_key.number, holder.number) AS one,
    greatest(chosen_key.number, holder.number) AS other
FROM chosen_key
JOIN holder ON chosen_key.key = holder.key
WHERE chosen_key.is_chosen AND chosen_key.number <> holder.number
