-- The id of a patient that a line creates: UUIDv7, ordered by line, the same on every run.
-- `prefix` is the import's instant, `suffix` the last 11 hex digits of the import's id.
CREATE OR REPLACE TEMP MACRO patient_id(prefix, line, suffix) AS
    printf(
        '%s-7%03x-8%03x-%x%s',
        prefix, (line >> 16) & 4095, (line >> 4) & 4095, line & 15, suffix);

-- A person as matching sees one: equal texts are one person as far as names go.
CREATE OR REPLACE TEMP MACRO person(first_name, last_name, birth, gender) AS
    concat_ws('|', fold(first_name), fold(last_name), birth, gender);

-- How a fact's address is written: address/home/city, birth_date.
CREATE OR REPLACE TEMP MACRO fact_address(field, item, attribute) AS
    concat_ws('/', field::VARCHAR, nullif(item, ''), nullif(attribute::VARCHAR, ''));
