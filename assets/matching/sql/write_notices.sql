-- Issues that only matching can find; `place` is the order in which they are read.
CREATE OR REPLACE TABLE row_notice AS
WITH first_row AS (
    SELECT patient_id, min(line) AS line
    FROM assigned
    GROUP BY patient_id
),

notice AS (
    SELECT
        line,
        1 AS place,
        'identifier_conflict' AS code,
        'error' AS severity,
        CASE
            WHEN patient_id = other_patient_id
                THEN 'an identifier of this row belongs to patient ' || patient_id
                    || ', whose first identifier is another than the row''s; nothing was changed'
            ELSE 'the identifiers of this row belong to two different patients, ' || patient_id
                || ' and ' || other_patient_id || '; nothing was changed'
        END AS message
    FROM conflict
    UNION ALL
    SELECT
        line,
        2,
        'ambiguous_match',
        'warning',
        hits || ' patients match this row; the oldest was taken'
    FROM ambiguous_match
    UNION ALL
    SELECT
        assigned.line,
        3,
        'duplicate_in_file',
        'info',
        'the same patient was first seen on line ' || first_row.line
    FROM assigned
    JOIN first_row USING (patient_id)
    WHERE first_row.line < assigned.line
    UNION ALL
    SELECT
        line,
        4,
        'identity_changed',
        $identity_change,
        CASE
            WHEN $identity_change = 'error'
                THEN 'the identifier of this row belongs to patient ' || patient_id
                    || ', but first name, last name and birth all differ; nothing was changed; '
                    || 'check that the identifier was not given to another person'
            ELSE 'first name, last name and year of birth all differ from what was stored under '
                || 'this key; check that the key was not given to another person'
        END
    FROM identity_change
    UNION ALL
    SELECT
        line,
        5,
        'kept_newer_value',
        'info',
        fact_address(field, item, attribute) || $kept_newer || source
    FROM kept_value
    UNION ALL
    SELECT
        line,
        5,
        'correction_replaced',
        'warning',
        fact_address(field, item, attribute)
        || ': the new value replaces one that a person had corrected by hand'
    FROM corrected_value
    WHERE NOT is_former
    UNION ALL
    SELECT
        line,
        6,
        'in_review',
        'info',
        'may be the same person as patient ' || other_patient_id
        || '; a person will judge (' || replace(reason, '_', ' ') || ')'
    FROM review_pair
    UNION ALL
    SELECT line, 9, 'no_new_information', 'info', 'No new information.'
    FROM outcome
    WHERE list_contains($notices, 'no_new_information') AND outcome = 'unchanged'
)

SELECT
    line,
    code,
    severity,
    message,
    row_number() OVER (PARTITION BY line ORDER BY place, message) AS place
FROM notice
