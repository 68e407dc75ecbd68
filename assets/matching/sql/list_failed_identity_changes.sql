-- With what each row would have brought, if the row had not failed.
CREATE OR REPLACE TABLE identity_question AS
SELECT
    identity_change.line,
    identity_change.patient_id::VARCHAR AS patient_id,
    person.person,
    FALSE AS is_applied,
    brought.facts
FROM identity_change
JOIN person USING (line)
JOIN (
    SELECT
        fact.line,
        to_json(
            list(
                [
                    concat_ws('/', fact.field, nullif(fact.item, ''), nullif(fact.attribute, '')),
                    fact.value
                ]
                ORDER BY fact.place
            )
        )::VARCHAR AS facts
    FROM ({facts}) AS fact
    WHERE fact.line IN (SELECT line FROM identity_change)
    GROUP BY fact.line
) AS brought USING (line)
