-- Phones and e-mails of the patients asked about that too many of the registry have.
CREATE OR REPLACE TEMP TABLE shared_contact AS
WITH asked AS (
    SELECT patient_id, unnest(key_phone) AS key FROM {patients}
    UNION ALL
    SELECT patient_id, unnest(key_email) AS key FROM {patients}
),

holder AS (
    SELECT unnest(key_phone) AS key FROM {registry}
    UNION ALL
    SELECT unnest(key_email) AS key FROM {registry}
),

shared AS (
    SELECT key
    FROM holder
    WHERE key IN (SELECT key FROM asked)
    GROUP BY key
    HAVING count(*) > $most
)

SELECT patient_id, list(key) AS keys
FROM asked
WHERE key IN (SELECT key FROM shared)
GROUP BY patient_id
