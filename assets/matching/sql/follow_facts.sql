-- The last value of each address of every item that has a change; the scalars of a patient, whose
-- attribute is empty, count as one item.
CREATE OR REPLACE TABLE followed_fact AS
SELECT
    fact.patient,
    fact.field,
    fact.item,
    fact.attribute,
    arg_max_null(fact.value, fact.line) AS value,
    min(fact.place) AS place
FROM (
    SELECT line, patient, field, item, attribute, value, place
    FROM brought
    WHERE NOT (is_lone AND is_new)
    UNION ALL
    SELECT 0, patient, field, item, attribute, value, 0
    FROM stored_fact
) AS fact
SEMI JOIN changed_fact
    ON
        fact.patient = changed_fact.patient
        AND fact.item = changed_fact.item
        AND CASE
            WHEN fact.attribute = '' THEN changed_fact.attribute = ''
            ELSE fact.field = changed_fact.field
        END
GROUP BY fact.patient, fact.field, fact.item, fact.attribute
