-- A candidate who holds identifiers of this system, but not the row's, is another person.
CREATE OR REPLACE TEMP TABLE veto AS
SELECT demographic_hit.line, demographic_hit.patient_id
FROM demographic_hit
JOIN held_identifier USING (patient_id)
JOIN row_key ON demographic_hit.line = row_key.line AND row_key.tier = $tier
GROUP BY demographic_hit.line, demographic_hit.patient_id
HAVING bool_and(row_key.value <> held_identifier.value)
