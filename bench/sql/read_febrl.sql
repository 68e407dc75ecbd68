-- The sets pad their cells with spaces.
CREATE OR REPLACE TEMP TABLE cell AS
SELECT
    rec_id::VARCHAR AS rec_id,
    md5(rec_id::VARCHAR)::UUID AS patient_id,
    nullif(trim(given_name::VARCHAR), '') AS given_name,
    nullif(trim(surname::VARCHAR), '') AS surname,
    nullif(concat_ws(' ', trim(street_number::VARCHAR), trim(address_1::VARCHAR)), '') AS line1,
    nullif(trim(address_2::VARCHAR), '') AS line2,
    nullif(trim(suburb::VARCHAR), '') AS suburb,
    nullif(trim(postcode::VARCHAR), '') AS postcode,
    nullif(trim(state::VARCHAR), '') AS state,
    nullif(trim(date_of_birth::VARCHAR), '') AS date_of_birth,
    nullif(trim(soc_sec_id::VARCHAR), '') AS soc_sec_id
FROM febrl
