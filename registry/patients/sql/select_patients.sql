-- The first part of an item of contact or identifier says what it is (schemas/canonical.py):
-- `phone` of `phone/home`, `license` of `license/ME/D123`. Whoever runs this adds a WHERE.
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
            jsonb_agg(jsonb_build_object(split_part(item, '/', 1), value) ORDER BY sequence)
        FROM patient_contact
        WHERE patient_contact.patient_id = patient.id
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
