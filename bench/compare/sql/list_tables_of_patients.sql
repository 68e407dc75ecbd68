SELECT class.relname
FROM pg_class AS class
JOIN pg_attribute AS attribute ON class.oid = attribute.attrelid
WHERE class.relnamespace = 'public'::regnamespace
    AND class.relkind IN ('r', 'p')
    AND NOT class.relispartition
    AND (attribute.attname = 'patient_id' OR class.relname = 'patient' AND attribute.attname = 'id')
ORDER BY class.relname
