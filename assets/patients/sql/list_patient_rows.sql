SELECT
    matched_patient.patient_id::VARCHAR AS id,
    {account}::INTEGER AS account_id,
    scalars.* EXCLUDE (patient),
    name_key(
        scalars.first_name, scalars.last_name, scalars.birth_year, scalars.gender
    ) AS name_key
FROM (
    SELECT patient, {columns}
    FROM final_fact
    WHERE attribute = ''
    GROUP BY patient
) AS scalars
JOIN matched_patient USING (patient)
WHERE matched_patient.is_new = {are_new}
ORDER BY matched_patient.patient_id
