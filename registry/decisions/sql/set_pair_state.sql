UPDATE review
SET
    state = %(state)s,
    judged_at = %(at)s,
    judged_by = %(by)s,
    why_different = %(why)s,
    closed_by = %(merge)s
WHERE patient_id = %(younger)s AND other_patient_id = %(older)s
