-- sqlfluff:dialect:postgres
SELECT
    asserted_patient.patient,
    import_row.import_id,
    bit_or(import_row.confirmed)::text AS confirmed
FROM (
    SELECT * FROM touched_patient
    UNION ALL
    SELECT * FROM former_patient
) AS asserted_patient
JOIN import_row USING (patient_id)
WHERE import_row.import_id = ANY(%(later)s::uuid[]) AND {is_effective}
GROUP BY asserted_patient.patient, import_row.import_id
