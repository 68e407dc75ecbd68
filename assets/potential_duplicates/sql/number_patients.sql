-- Numbers are narrower than ids, and a number that was given is not given again to anybody later.
CREATE OR REPLACE TEMP TABLE numbered AS
SELECT
    fresh.patient_id,
    highest.number + row_number() OVER () AS number
FROM features AS fresh
CROSS JOIN (SELECT coalesce(max(number), 0) AS number FROM copied.features) AS highest
