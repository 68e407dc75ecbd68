SELECT
    line,
    outcome,
    patient_id
FROM import_row
WHERE import_id = %(import)s AND attempt = %(attempt)s
