UPDATE document_query
SET patient_id = %(survives)s
WHERE
    document_query.patient_id = %(merged)s
    AND document_query.state = 'processing'
    AND document_query.claimed_at IS NULL
    AND NOT EXISTS (
        SELECT FROM document_query AS own
        WHERE
            own.import_id = document_query.import_id
            AND own.attempt = document_query.attempt
            AND own.patient_id = %(survives)s
    )
