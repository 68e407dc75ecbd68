-- sqlfluff:dialect:postgres
UPDATE patient
SET told = told_patient.told
FROM told_patient
WHERE patient.id = told_patient.id AND patient.told IS DISTINCT FROM told_patient.told
