SELECT {columns}
FROM patient_call
JOIN import ON patient_call.import_id = import.id
WHERE import.state = 'waiting'
ORDER BY import.ordered_at, import.id
