CREATE OR REPLACE TEMP TABLE plain AS
SELECT
    patient_id::VARCHAR AS patient_id,
    lower(first_name) AS given_name,
    lower(last_name) AS surname,
    strftime(birth_date, '%Y%m%d') AS date_of_birth,
    regexp_replace(lower(addresses[1].line1), '^[0-9]+ ', '') AS address_1,
    lower(addresses[1].city) AS suburb,
    lower(addresses[1].state) AS state,
    addresses[1].postal_code AS postcode,
    list_extract(
        list_transform(
            list_filter(identifiers, LAMBDA identifier: starts_with(identifier.item, 'ssn')),
            LAMBDA identifier: identifier.value
        ),
        1
    ) AS soc_sec_id
FROM person
