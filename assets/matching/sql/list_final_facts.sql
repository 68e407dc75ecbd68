CREATE OR REPLACE VIEW final_fact AS
SELECT patient, field, item, attribute, value, place
FROM brought
WHERE is_lone AND is_new AND value IS NOT NULL
UNION ALL
SELECT patient, field, item, attribute, value, place
FROM followed_fact
