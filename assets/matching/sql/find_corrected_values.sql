-- Corrections from before the file that still stand: the patient has the value that a person set
-- last. `former` are the values that people replaced there; an absent value is one too.
CREATE OR REPLACE TEMP TABLE corrected_value AS
SELECT
    brought.*, list_contains(corrections.formers, coalesce('=' || brought.value, ''))
        AS is_former
FROM brought
JOIN (
    SELECT
        patient::INTEGER AS patient,
        address,
        list(coalesce('=' || former, '')) AS formers,
        arg_max_null(corrected, registry_version::BIGINT) AS corrected
    FROM by_person
    WHERE NOT is_later
    GROUP BY ALL
) AS corrections
    ON
        brought.patient = corrections.patient
        AND corrections.address = fact_address(brought.field, brought.item, brought.attribute)
LEFT JOIN stored_fact
    ON
        brought.patient = stored_fact.patient
        AND brought.field = stored_fact.field
        AND brought.item = stored_fact.item
        AND brought.attribute = stored_fact.attribute
WHERE
    stored_fact.value IS NOT DISTINCT FROM corrections.corrected
    AND brought.value IS DISTINCT FROM corrections.corrected
