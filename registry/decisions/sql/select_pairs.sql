SELECT
    review.patient_id,
    review.other_patient_id,
    review.state,
    review.reason,
    review.import_id,
    import.file_name,
    review.line,
    review.created_at,
    review.judged_at,
    review.judged_by,
    review.why_different,
    review.weight,
    review.probability,
    review.evidence,
    review.model
FROM review
LEFT JOIN import ON review.import_id = import.id
