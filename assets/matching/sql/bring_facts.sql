CREATE OR REPLACE TABLE brought AS
SELECT
    line,
    row_patient.patient,
    fact.field::FACT_FIELD AS field,
    fact.item,
    fact.attribute::FACT_ATTRIBUTE AS attribute,
    fact.value,
    fact.place::USMALLINT AS place,
    fact.bit::BIGINT AS bit,
    row_patient.is_lone,
    row_patient.is_new
FROM ({facts}) AS fact
JOIN row_patient USING (line)
