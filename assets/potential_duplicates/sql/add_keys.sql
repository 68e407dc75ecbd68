INSERT INTO copied.patient_key
SELECT numbered.number, found.rule, found.key
FROM ({keys}) AS found
JOIN numbered ON found.patient_id = numbered.patient_id
