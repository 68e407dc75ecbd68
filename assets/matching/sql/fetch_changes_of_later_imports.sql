-- sqlfluff:dialect:postgres
SELECT
    asserted_patient.patient,
    patient_change.import_id,
    changed.key AS address,
    (changed.value ->> 1 IS NULL)::int AS is_gone
FROM (
    SELECT * FROM touched_patient
    UNION ALL
    SELECT * FROM former_patient
) AS asserted_patient
JOIN patient_change USING (patient_id),
    LATERAL json_each(patient_change.changes) AS changed
WHERE
    patient_change.import_id = ANY(%(later)s::uuid[])
    AND {is_effective}
    AND (changed.value ->> 1 IS NULL OR %(clears_lists)s)
