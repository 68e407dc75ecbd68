-- The lists are sorted, so that they do not depend on the order in which PostgreSQL gave the items.
CREATE OR REPLACE TEMP TABLE person AS
WITH address AS (
    SELECT
        patient_id,
        list(
            {
                'line1': line1,
                'line2': line2,
                'city': city,
                'state': state,
                'postal_code': postal_code
            } ORDER BY item
        ) AS addresses
    FROM wanted_address
    GROUP BY patient_id
),

contact AS (
    SELECT
        patient_id,
        list(DISTINCT value ORDER BY value) FILTER (WHERE kind = 'phone') AS phones,
        list(DISTINCT value ORDER BY value) FILTER (WHERE kind = 'email') AS emails
    FROM wanted_contact
    GROUP BY patient_id
),

identifier AS (
    SELECT patient_id, list({ 'item': item, 'value': value } ORDER BY item, value) AS identifiers
    FROM wanted_identifier
    GROUP BY patient_id
),

coverage AS (
    SELECT patient_id, list(DISTINCT policy_id ORDER BY policy_id) AS policies
    FROM wanted_coverage
    GROUP BY patient_id
)

SELECT
    patient.patient_id::UUID AS patient_id,
    patient.first_name,
    patient.last_name,
    patient.birth_date::DATE AS birth_date,
    patient.birth_year::SMALLINT AS birth_year,
    patient.gender,
    coalesce(address.addresses, []) AS addresses,
    coalesce(contact.phones, []) AS phones,
    coalesce(contact.emails, []) AS emails,
    coalesce(identifier.identifiers, []) AS identifiers,
    coalesce(coverage.policies, []) AS policies
FROM wanted_scalars AS patient
LEFT JOIN address ON patient.patient_id = address.patient_id
LEFT JOIN contact ON patient.patient_id = contact.patient_id
LEFT JOIN identifier ON patient.patient_id = identifier.patient_id
LEFT JOIN coverage ON patient.patient_id = coverage.patient_id
