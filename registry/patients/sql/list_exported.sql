-- The address is the home address, or else the first of the others. The first part of an item says
-- what it is (schemas/canonical.py).
SELECT
    patient.id,
    patient.first_name,
    patient.last_name,
    patient.birth_date,
    patient.birth_year,
    patient.gender,
    patient.language,
    identifiers.internal_id,
    identifiers.external_id,
    identifiers.ehr_id,
    identifiers.medicare_id,
    identifiers.social_security_number,
    contacts.phones,
    contacts.emails,
    concat_ws(', ', address.line1, address.line2) AS street,
    address.city,
    address.state,
    address.postal_code AS zip,
    patient.department,
    (
        SELECT string_agg(patient_client_group.name, '; ' ORDER BY patient_client_group.sequence)
        FROM patient_client_group
        WHERE patient_client_group.patient_id = patient.id
    ) AS groups
FROM (
    SELECT patient.*
    FROM patient
    WHERE {conditions} AND (%(after)s::uuid IS NULL OR patient.id > %(after)s)
    ORDER BY patient.id
    LIMIT %(count)s
) AS patient
CROSS JOIN
    LATERAL (
        SELECT
            max(value) FILTER (WHERE item = 'internal') AS internal_id,
            max(value) FILTER (WHERE item = 'external') AS external_id,
            max(value) FILTER (WHERE item = 'ehr') AS ehr_id,
            max(value) FILTER (WHERE item = 'mbi') AS medicare_id,
            max(value) FILTER (WHERE starts_with(item, 'ssn/')) AS social_security_number
        FROM patient_identifier
        WHERE patient_identifier.patient_id = patient.id
    ) AS identifiers
CROSS JOIN
    LATERAL (
        SELECT
            string_agg(value, '; ' ORDER BY sequence) FILTER (WHERE starts_with(item, 'phone/'))
                AS phones,
            string_agg(value, '; ' ORDER BY sequence) FILTER (WHERE starts_with(item, 'email/'))
                AS emails
        FROM patient_contact
        WHERE patient_contact.patient_id = patient.id
    ) AS contacts
LEFT JOIN LATERAL (
    SELECT line1, line2, city, state, postal_code
    FROM patient_address
    WHERE patient_address.patient_id = patient.id
    ORDER BY patient_address.item <> 'home', patient_address.sequence
    LIMIT 1
) AS address ON TRUE
ORDER BY patient.id
