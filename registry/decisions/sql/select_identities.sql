SELECT
    identity_review.id,
    identity_review.patient_id,
    identity_review.is_applied,
    identity_review.facts,
    identity_review.state,
    identity_review.import_id,
    identity_review.attempt,
    import.file_name,
    identity_review.line,
    identity_review.created_at,
    identity_review.judged_at,
    identity_review.judged_by,
    identity_review.closed_by
FROM identity_review
JOIN import ON identity_review.import_id = import.id
