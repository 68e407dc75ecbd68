-- All attempts, decisions and callers that wrote these patients. `place` is the order of writing,
-- `receipt` that of receipt. Old never beats new, so what in effect was received last counts; what
-- was written when says which value an address had at that time.
-- The decision of an undo or of a split is not in effect, nor is a merge that was split since.
-- A decision who a patient is counts unless the question was opened again, a correction unless it
-- was taken back. To undo a correction is to undo attempt 0 under its id.
-- `late_receipt`: the lowest receipt of what was written later, is in effect, and was late: written
-- after something that was received after it.
-- `predates_hashes`: from before rows recorded which items of lists they carried.
SELECT
    import_id,
    attempt,
    is_effective,
    is_being_undone,
    is_merge,
    predates_hashes,
    place,
    receipt,
    min(receipt) FILTER (WHERE is_effective AND is_late)
        OVER (ORDER BY place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS late_receipt
FROM (
    SELECT
        *,
        receipt < max(receipt) OVER (ORDER BY place) AS is_late
    FROM (
        SELECT
            import_id,
            attempt,
            is_effective,
            is_being_undone,
            is_merge AND is_effective AS is_merge,
            registry_version = 0 AS predates_hashes,
            row_number()
                OVER (ORDER BY registry_version, received_at, import_id, attempt) AS place,
            row_number() OVER (ORDER BY received_at, import_id, attempt) AS receipt
        FROM (
            SELECT
                attempt.import_id,
                attempt.number AS attempt,
                attempt.registry_version,
                import.ordered_at AS received_at,
                NOT chosen.is_being_undone AND undone_attempt.attempt IS NULL AS is_effective,
                chosen.is_being_undone,
                FALSE AS is_merge
            FROM import
            JOIN attempt ON import.id = attempt.import_id
            LEFT JOIN undone_attempt
                ON
                    attempt.import_id = undone_attempt.import_id
                    AND attempt.number = undone_attempt.attempt,
                LATERAL (
                    SELECT
                        import.id = %(import)s
                        AND attempt.number = ANY(%(attempts)s) AS is_being_undone
                ) AS chosen
            WHERE
                import.account_id = %(account)s
                AND NOT import.dry_run
                AND attempt.state IN ('applied', 'finished')
            UNION
            SELECT
                change.import_id,
                change.attempt,
                change.registry_version,
                change.received_at,
                decision.id IS NULL OR EXISTS (
                    SELECT FROM review
                    WHERE review.closed_by = decision.id AND review.state = 'same'
                ) OR EXISTS (
                    SELECT FROM asserting_decision
                    WHERE
                        asserting_decision.patient_id = decision.patient_id
                        AND asserting_decision.id = decision.id
                        AND NOT chosen.is_being_undone
                ),
                chosen.is_being_undone,
                coalesce(decision.kind = 'merge', FALSE)
            FROM named_patient
            CROSS JOIN
                LATERAL (
                    -- OFFSET 0 keeps this a look-up for each patient (find_named_patients.sql).
                    SELECT *
                    FROM patient_change
                    WHERE patient_change.patient_id = named_patient.patient_id
                    OFFSET 0 -- noqa: AM09
                ) AS change
            LEFT JOIN decision ON change.import_id = decision.id,
                LATERAL (
                    SELECT
                        change.import_id = %(import)s
                        AND change.attempt = ANY(%(attempts)s) AS is_being_undone
                ) AS chosen
            WHERE change.attempt = 0
        ) AS write
    ) AS placed
) AS ordered
