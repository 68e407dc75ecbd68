-- A change set removes whoever loses a value that a patient must have. Patients that are gone
-- already have no old value to lose.
SELECT DISTINCT patient_id
FROM fact_change
WHERE address = ANY(%(required)s) AND old IS NOT NULL AND new IS NULL
