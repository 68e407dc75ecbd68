-- The stored row of each patient with the new scalars over it; a new row made of them alone where
-- the patient comes back. A patient whose scalars are left alone is not in it.
SELECT merged.*, patient.id IS NULL AS is_new, given.has_new_key
FROM (
    SELECT
        patient_id,
        bool_or(field = ANY(%(key)s)) AS has_new_key,
        jsonb_object_agg(field, new)
        || jsonb_build_object('id', patient_id, 'account_id', %(account)s::int) AS columns
    FROM new_value
    WHERE attribute = ''
    GROUP BY patient_id
) AS given
LEFT JOIN patient ON given.patient_id = patient.id AND patient.account_id = %(account)s,
    LATERAL jsonb_populate_record(patient, given.columns) AS merged
