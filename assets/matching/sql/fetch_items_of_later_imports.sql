-- sqlfluff:dialect:postgres
SELECT DISTINCT
    asserted_patient.patient,
    import_row.import_id,
    hash
FROM (
    SELECT * FROM touched_patient
    UNION ALL
    SELECT * FROM former_patient
) AS asserted_patient
JOIN import_row USING (patient_id),
    unnest(import_row.confirmed_items) AS hash
WHERE
    (%(clears_lists)s OR hash = ANY(%(cleared_lists)s))
    AND import_row.import_id = ANY(%(later)s::uuid[])
    AND {is_effective}
