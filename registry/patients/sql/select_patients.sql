-- The first part of an item of contact or identifier says what it is (schemas/canonical.py):
-- `phone` of `phone/home`, `license` of `license/ME/D123`. `together` is a phone number and
-- an email address that were given as one contact, as long as both are there. Whoever runs
-- this adds a WHERE.
SELECT
    patient.id,
    patient.first_name,
    patient.last_name,
    patient.birth_date,
    patient.birth_year,
    patient.gender,
    coalesce(patient.hie_opt_out, FALSE) AS hie_opt_out,
    (
        SELECT value
        FROM patient_identifier
        WHERE patient_identifier.patient_id = patient.id AND patient_identifier.item = 'external'
    ) AS external_id,
    coalesce((
        SELECT
            jsonb_agg(
                jsonb_build_object(
                    'line1', line1,
                    'line2', line2,
                    'city', city,
                    'state', state,
                    'postal_code', postal_code
                )
                ORDER BY sequence
            )
        FROM patient_address
        WHERE patient_address.patient_id = patient.id
    ), '[]') AS addresses,
    coalesce((
        SELECT
            jsonb_agg(
                jsonb_strip_nulls(
                    jsonb_build_object('phone', contact.phone, 'email', contact.email)
                )
                ORDER BY contact.sequence
            )
        FROM (
            SELECT
                phone.value AS phone,
                email.value AS email,
                least(phone.sequence, email.sequence) AS sequence
            FROM patient_contact AS given
            JOIN patient_contact AS phone
                ON
                    given.patient_id = phone.patient_id
                    AND phone.item = 'phone/' || split_part(given.value, ' ', 1)
            JOIN patient_contact AS email
                ON
                    given.patient_id = email.patient_id
                    AND email.item = 'email/' || split_part(given.value, ' ', 2)
            WHERE given.patient_id = patient.id AND starts_with(given.item, 'together/')
            UNION ALL
            SELECT
                CASE split_part(alone.item, '/', 1) WHEN 'phone' THEN alone.value END,
                CASE split_part(alone.item, '/', 1) WHEN 'email' THEN alone.value END,
                alone.sequence
            FROM patient_contact AS alone
            WHERE alone.patient_id = patient.id
                AND NOT starts_with(alone.item, 'together/')
                AND NOT EXISTS (
                    SELECT
                    FROM patient_contact AS given
                    JOIN patient_contact AS phone
                        ON
                            given.patient_id = phone.patient_id
                            AND phone.item = 'phone/' || split_part(given.value, ' ', 1)
                    JOIN patient_contact AS email
                        ON
                            given.patient_id = email.patient_id
                            AND email.item = 'email/' || split_part(given.value, ' ', 2)
                    WHERE given.patient_id = alone.patient_id
                        AND starts_with(given.item, 'together/')
                        AND alone.item IN (phone.item, email.item)
                )
        ) AS contact
    ), '[]') AS contacts,
    coalesce((
        SELECT
            jsonb_agg(
                jsonb_build_object(
                    'system', split_part(item, '/', 1),
                    'value', value,
                    'state', assigner
                )
                ORDER BY sequence
            )
        FROM patient_identifier
        WHERE
            patient_identifier.patient_id = patient.id
            AND split_part(patient_identifier.item, '/', 1) IN ('ssn', 'license')
    ), '[]') AS identifiers,
    array(
        SELECT facility_id
        FROM patient_facility
        WHERE patient_facility.patient_id = patient.id
        ORDER BY sequence
    ) AS facility_ids,
    array(
        SELECT cohort_id
        FROM patient_cohort
        WHERE patient_cohort.patient_id = patient.id
        ORDER BY sequence
    ) AS cohort_ids
FROM patient
