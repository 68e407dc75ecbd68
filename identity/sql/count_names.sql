CREATE OR REPLACE TEMP TABLE name_frequency AS
WITH counted AS (SELECT field, name, patients FROM ({counts})),

total AS (SELECT field, sum(patients) AS patients FROM counted GROUP BY field)

SELECT
    field,
    name,
    (coalesce(counted.patients, 0) + $model_patients * coalesce(known.frequency, $rarest))
    / (coalesce(total.patients, 0) + $model_patients) AS frequency
FROM counted
FULL JOIN frequencies_to_copy AS known USING (field, name)
LEFT JOIN total USING (field)
