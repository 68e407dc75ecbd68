CREATE OR REPLACE TABLE identity_question (
    line INTEGER,
    patient_id VARCHAR,
    person VARCHAR,
    is_applied BOOLEAN,
    facts VARCHAR
)
