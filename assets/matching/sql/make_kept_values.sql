CREATE OR REPLACE TEMP TABLE kept_value (
    line INTEGER,
    field VARCHAR,
    item VARCHAR,
    attribute VARCHAR,
    source VARCHAR
)
