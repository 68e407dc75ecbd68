SELECT column_name
FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s AND identity_generation IS NULL
ORDER BY ordinal_position
