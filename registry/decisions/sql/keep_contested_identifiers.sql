-- Where several patients would get one identifier back, the patient who had it last does; the
-- others keep what they have now.
DELETE FROM value_to_restore
USING (
    SELECT
        patient_id,
        address,
        row_number() OVER (
            PARTITION BY address, new
            ORDER BY place DESC, patient_id ASC
        ) AS rank
    FROM value_to_restore
    WHERE address = ANY(%(addresses)s) AND new IS NOT NULL
) AS rival
WHERE
    rival.rank > 1
    AND value_to_restore.patient_id = rival.patient_id
    AND split_part(value_to_restore.address, '/', 1) = 'identifier'
    AND split_part(value_to_restore.address, '/', 2) = split_part(rival.address, '/', 2)
