SELECT DISTINCT ON (patient_id)
    patient_id,
    import_id,
    state,
    found,
    reason,
    planned_at,
    settled_at
FROM document_query
WHERE patient_id = ANY(%(patient_ids)s)
ORDER BY patient_id ASC, planned_at DESC, import_id DESC, attempt DESC
