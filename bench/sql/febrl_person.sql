-- A date that does not exist, of which FEBRL makes some, leaves the year. Numbers are Australian
-- and of seven digits, so that no rule takes them for American social security numbers.
CREATE OR REPLACE TEMP TABLE person AS
SELECT
    patient_id,
    given_name AS first_name,
    surname AS last_name,
    try_strptime(date_of_birth, '%Y%m%d')::DATE AS birth_date,
    try_cast(left(date_of_birth, 4) AS SMALLINT) AS birth_year,
    'U' AS gender,
    [{
        'line1': line1, 'line2': line2, 'city': suburb, 'state': state, 'postal_code': postcode
    }] AS addresses,
    []::VARCHAR[] AS phones,
    []::VARCHAR[] AS emails,
    [{ 'item': 'ssn/' || soc_sec_id, 'value': soc_sec_id }] AS identifiers,
    []::VARCHAR[] AS policies
FROM cell
