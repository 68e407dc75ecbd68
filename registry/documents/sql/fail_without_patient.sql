UPDATE document_query
SET state = 'failed', reason = 'patient_gone', settled_at = now()
WHERE import_id = %(import_id)s
    AND state = 'processing'
    AND NOT EXISTS (SELECT FROM patient WHERE patient.id = document_query.patient_id)
