DELETE FROM right_key
WHERE key IN (SELECT key FROM common_key)
