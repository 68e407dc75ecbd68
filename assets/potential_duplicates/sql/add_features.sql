INSERT INTO copied.features
SELECT number, {columns}
FROM features
JOIN numbered USING (patient_id)
