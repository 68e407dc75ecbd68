INSERT INTO patient_change
(patient_id, import_id, attempt, line, received_at, changes, registry_version)
SELECT
    patient_id,
    %(decision)s,
    0,
    0,
    %(at)s,
    json_object_agg(address, json_build_array(old, new) ORDER BY place, address),
    %(version)s
FROM fact_change
GROUP BY patient_id
