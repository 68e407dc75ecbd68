-- sqlfluff:dialect:postgres
-- What a row brought that created its patient took nothing out: it is only told where a list is to
-- be cleared.
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
JOIN patient_change USING (patient_id)
CROSS JOIN
    LATERAL json_each(
        CASE
            WHEN patient_change.changes IS NOT NULL THEN patient_change.changes
            WHEN %(clears_lists)s
                THEN (
                    SELECT full_change.changes
                    FROM full_change
                    WHERE
                        full_change.patient_id = patient_change.patient_id
                        AND full_change.import_id = patient_change.import_id
                        AND full_change.attempt = patient_change.attempt
                        AND full_change.line = patient_change.line
                )
        END
    ) AS changed
WHERE
    patient_change.import_id = ANY(%(later)s::uuid[])
    AND {is_effective}
    AND (changed.value ->> 1 IS NULL OR %(clears_lists)s)
