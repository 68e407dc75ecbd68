-- A new patient of one row has the blocking key that the row has.
SELECT
    matched_patient.patient_id::VARCHAR AS id,
    {account}::INTEGER AS account_id,
    scalars.* EXCLUDE (patient),
    coalesce(
        CASE WHEN matched_patient.is_new THEN told.name_key END,
        name_key(scalars.first_name, scalars.last_name, scalars.birth_year, scalars.gender)
    ) AS name_key,
    told.digest::VARCHAR AS told
FROM (
    SELECT patient, {columns}
    FROM final_fact
    WHERE attribute = ''
    GROUP BY patient
) AS scalars
JOIN matched_patient USING (patient)
LEFT JOIN told USING (patient)
WHERE matched_patient.is_new = {are_new}
ORDER BY matched_patient.patient_id
