-- Only equal birth can make two records one person: among ten million patients, each row has nine
-- others with its names, gender and year of birth.
SELECT DISTINCT
    CASE WHEN length(born) > 4 THEN born END AS birth_date,
    name_key,
    born
FROM person
ORDER BY ALL
