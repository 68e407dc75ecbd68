-- sqlfluff:dialect:postgres
SELECT count(*)
FROM import_row
JOIN patient ON import_row.patient_id = patient.id
WHERE
    import_row.import_id = %(import_id)s
    AND import_row.attempt = %(attempt)s
    AND import_row.outcome = 'created'
