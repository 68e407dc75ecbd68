-- Table `patient_change` with all its changes. The row that created a patient stores none: what it
-- brought is told from the first change after it of each value, and where there is none, from the
-- patient (docs/decisions/029-the-new-row.md). A patient who was removed and created again has such
-- a row for each time; what comes after the next one says nothing of the first.
--
--     created by line 2 of a.csv        stored: nothing
--     changed by line 7 of b.csv        stored: city Oslo → Rome, flag Frail → none
--     the patient now                   city Rome, gender F
--     so line 2 of a.csv brought        city Oslo, flag Frail, gender F
CREATE OR REPLACE VIEW full_change WITH (security_invoker = TRUE) AS
SELECT
    change.patient_id,
    change.import_id,
    change.attempt,
    change.line,
    change.received_at,
    change.registry_version,
    coalesce(
        change.changes,
        (
            WITH later AS (
                SELECT
                    registry_version,
                    line,
                    changes
                FROM patient_change
                WHERE
                    patient_id = change.patient_id
                    AND (registry_version, line) > (change.registry_version, change.line)
            ),

            next_creation AS (
                SELECT
                    registry_version,
                    line
                FROM later
                WHERE changes IS NULL
                ORDER BY registry_version, line
                LIMIT 1 -- noqa: AM09
            ),

            first_later AS (
                SELECT DISTINCT ON (fact.key)
                    fact.key AS address,
                    fact.value ->> 0 AS value
                FROM later, json_each(later.changes) AS fact
                WHERE
                    NOT EXISTS (
                        SELECT FROM next_creation
                        WHERE
                            (later.registry_version, later.line)
                            > (next_creation.registry_version, next_creation.line)
                    )
                ORDER BY fact.key, later.registry_version, later.line
            ),

            present AS (
                SELECT
                    fact.address,
                    fact.value
                FROM patient,
                    LATERAL (
                        VALUES
                        ('first_name', patient.first_name),
                        ('last_name', patient.last_name),
                        ('birth_date', patient.birth_date::text),
                        ('birth_year', patient.birth_year::text),
                        ('gender', patient.gender),
                        ('language', patient.language),
                        ('care_manager_first_name', patient.care_manager_first_name),
                        ('care_manager_last_name', patient.care_manager_last_name),
                        ('physician_first_name', patient.physician_first_name),
                        ('physician_last_name', patient.physician_last_name),
                        ('department', patient.department),
                        ('risk_level', patient.risk_level),
                        ('risk_score', patient.risk_score::text),
                        ('hie_opt_out', patient.hie_opt_out::text),
                        ('withdrawn', patient.withdrawn::text)
                    ) AS fact (address, value)
                WHERE patient.id = change.patient_id
                UNION ALL
                SELECT
                    concat_ws('/', item.part, item.item, fact.attribute),
                    fact.value
                FROM (
                    SELECT
                        'identifier' AS part,
                        item,
                        ARRAY['value', 'assigner'] AS names,
                        ARRAY[value, assigner] AS given
                    FROM patient_identifier
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'address',
                        item,
                        ARRAY['line1', 'line2', 'city', 'state', 'postal_code'],
                        ARRAY[line1, line2, city, state, postal_code]
                    FROM patient_address
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'contact',
                        item,
                        ARRAY['value'],
                        ARRAY[value]
                    FROM patient_contact
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'enrolment',
                        item,
                        ARRAY['enrolled_on'],
                        ARRAY[enrolled_on::text]
                    FROM patient_enrolment
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'coverage',
                        item,
                        ARRAY['payer', 'policy_id'],
                        ARRAY[payer, policy_id]
                    FROM patient_coverage
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'condition',
                        item,
                        ARRAY['code'],
                        ARRAY[code]
                    FROM patient_condition
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'medication',
                        item,
                        ARRAY['name'],
                        ARRAY[name]
                    FROM patient_medication
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'flag',
                        item,
                        ARRAY['name'],
                        ARRAY[name]
                    FROM patient_flag
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'note',
                        item,
                        ARRAY['body'],
                        ARRAY[body]
                    FROM patient_note
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'client_group',
                        item,
                        ARRAY['name'],
                        ARRAY[name]
                    FROM patient_client_group
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'cohort',
                        item,
                        ARRAY['cohort_id'],
                        ARRAY[cohort_id::text]
                    FROM patient_cohort
                    WHERE patient_id = change.patient_id
                    UNION ALL
                    SELECT
                        'facility',
                        item,
                        ARRAY['facility_id'],
                        ARRAY[facility_id::text]
                    FROM patient_facility
                    WHERE patient_id = change.patient_id
                ) AS item,
                    LATERAL unnest(item.names, item.given) AS fact (attribute, value)
            )

            SELECT json_object_agg(brought.address, json_build_array(NULL::text, brought.value))
            FROM (
                SELECT
                    address,
                    value
                FROM first_later
                UNION ALL
                SELECT
                    address,
                    value
                FROM present
                WHERE
                    address NOT IN (SELECT address FROM first_later)
                    AND NOT EXISTS (SELECT FROM next_creation)
            ) AS brought
            WHERE brought.value IS NOT NULL
        )
    ) AS changes
FROM patient_change AS change;
