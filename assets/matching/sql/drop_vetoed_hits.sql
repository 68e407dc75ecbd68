DELETE FROM demographic_hit
WHERE
    EXISTS (
        SELECT 1
        FROM veto
        WHERE veto.line = demographic_hit.line AND veto.patient_id = demographic_hit.patient_id
    )
