-- Takes the next due query of an import and counts this try of it. The patient's row is locked
-- while it is read, so that an opt-out that was committed before, or is about to be, is seen: such
-- a query is settled here and not sent. A patient whom an import is changing now is skipped.
WITH due AS (
    SELECT
        document_query.import_id,
        document_query.attempt,
        document_query.patient_id,
        (patient.hie_opt_out OR patient.withdrawn) IS TRUE AS opted_out
    FROM document_query
    JOIN patient ON document_query.patient_id = patient.id
    WHERE document_query.import_id = %(import_id)s
        AND document_query.state = 'processing'
        AND document_query.claimed_at IS NULL
        AND document_query.next_try_at <= now()
    ORDER BY document_query.next_try_at
    LIMIT 1
    FOR UPDATE OF document_query SKIP LOCKED
    FOR SHARE OF patient SKIP LOCKED -- noqa: PRS
),

dispatched AS (
    UPDATE document_query
    SET
        state = CASE WHEN due.opted_out THEN 'opted-out' ELSE document_query.state END,
        tries = document_query.tries + CASE WHEN due.opted_out THEN 0 ELSE 1 END,
        claimed_at = CASE WHEN NOT due.opted_out THEN now() END,
        settled_at = CASE WHEN due.opted_out THEN now() END
    FROM due
    WHERE (document_query.import_id, document_query.attempt, document_query.patient_id)
        = (due.import_id, due.attempt, due.patient_id)
    RETURNING
        document_query.import_id,
        document_query.attempt,
        document_query.patient_id,
        document_query.tries,
        due.opted_out
)

SELECT
    dispatched.import_id,
    dispatched.attempt,
    dispatched.patient_id,
    dispatched.tries,
    dispatched.opted_out,
    patient.first_name,
    patient.last_name,
    patient.birth_date,
    patient.birth_year,
    patient.gender,
    coalesce(
        (
            SELECT jsonb_object_agg(item, value) FROM patient_identifier
            WHERE patient_identifier.patient_id = patient.id AND value IS NOT NULL
        ),
        '{}'
    ) AS identifiers,
    ARRAY(
        SELECT DISTINCT postal_code FROM patient_address
        WHERE patient_address.patient_id = patient.id AND postal_code IS NOT NULL
        ORDER BY postal_code
    ) AS zips
FROM dispatched
JOIN patient ON dispatched.patient_id = patient.id
