-- sqlfluff:dialect:postgres
-- Parts are written for the patients that the attempt's rows name, and for no others.
SELECT count(*)
FROM (
    SELECT DISTINCT patient_id
    FROM import_row
    WHERE import_id = %(import_id)s AND attempt = %(attempt)s AND patient_id IS NOT NULL
) AS named
LEFT JOIN patient ON named.patient_id = patient.id
WHERE patient.id IS NULL
