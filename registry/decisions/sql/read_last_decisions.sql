-- A patient leaves the registry by a decision, whose change has all values that there were.
SELECT DISTINCT ON (patient_id) patient_id, changes
FROM patient_change
WHERE patient_id = ANY(%(patients)s) AND attempt = 0
ORDER BY patient_id ASC, registry_version DESC
