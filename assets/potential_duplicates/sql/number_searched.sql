-- The patients in question who are in the copy; `place` divides many of them into parts.
CREATE OR REPLACE TEMP TABLE searched_number AS
SELECT
    features.number,
    features.patient_id,
    searched.attempt::SMALLINT AS attempt,
    searched.line::INTEGER AS line,
    row_number() OVER (ORDER BY features.number) - 1 AS place
FROM searched
JOIN copied.features AS features ON searched.patient_id::UUID = features.patient_id
