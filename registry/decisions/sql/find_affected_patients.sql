-- `first_ineffective_place`: the first write that is not in effect, NULL where all are.
-- `late_receipt`: the lowest receipt of late writes after that one and of refused values. What was
-- received after it may have more to say than they, however early it was written.
-- `remains`: a change in effect, a patient merged into this one, or a row of an attempt in effect
-- still speaks for the patient. Otherwise the undo removes the patient.
SELECT
    changed.patient_id,
    changed.first_ineffective_place,
    least(first_ineffective.late_receipt, refused.receipt) AS late_receipt,
    changed.has_effective_change
    OR EXISTS (
        SELECT FROM review
        WHERE review.other_patient_id = changed.patient_id AND review.state = 'same'
    )
    OR coalesce((
        SELECT TRUE
        FROM (
            -- OFFSET 0 keeps this a look-up for each patient (find_named_patients.sql says why).
            SELECT import_row.import_id, import_row.attempt
            FROM import_row
            WHERE import_row.patient_id = changed.patient_id
            OFFSET 0 -- noqa: AM09
        ) AS own_row
        JOIN write_order USING (import_id, attempt)
        WHERE write_order.is_effective
        LIMIT 1 -- noqa: AM09
    ), FALSE) AS remains
FROM (
    SELECT
        named_patient.patient_id,
        min(write_order.place) FILTER (WHERE NOT write_order.is_effective)
            AS first_ineffective_place,
        coalesce(bool_or(write_order.is_effective), FALSE) AS has_effective_change
    FROM named_patient
    CROSS JOIN
        LATERAL (
            SELECT *
            FROM patient_change
            WHERE patient_change.patient_id = named_patient.patient_id
            OFFSET 0 -- noqa: AM09
        ) AS change
    JOIN write_order USING (import_id, attempt)
    GROUP BY named_patient.patient_id
) AS changed
LEFT JOIN write_order AS first_ineffective
    ON changed.first_ineffective_place = first_ineffective.place
LEFT JOIN (
    SELECT
        patient_id,
        min(receipt) AS receipt
    FROM refused_assertion
    GROUP BY patient_id
) AS refused
    ON changed.patient_id = refused.patient_id
