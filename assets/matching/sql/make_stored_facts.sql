CREATE OR REPLACE TEMP TABLE stored_fact (
    patient INTEGER,
    field FACT_FIELD,
    item VARCHAR,
    attribute FACT_ATTRIBUTE,
    value VARCHAR
)
