SELECT
    matched_patient.patient_id::VARCHAR AS patient_id,
    items.* EXCLUDE (patient, place)
FROM (
    SELECT patient, item, {columns}, min(place) AS place
    FROM final_fact
    WHERE field = '{part}' AND attribute <> ''
    GROUP BY patient, item
    HAVING count(value) > 0
) AS items
JOIN matched_patient USING (patient)
ORDER BY matched_patient.patient_id, items.place, items.item
