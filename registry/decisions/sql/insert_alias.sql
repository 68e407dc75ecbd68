-- A sender's own number (`external`) need not be unique: no patient is matched by it.
INSERT INTO patient_alias (account_id, item, value, patient_id, decision_id)
VALUES (%(account)s, %(item)s, %(value)s, %(survives)s, %(decision)s)
ON CONFLICT DO NOTHING
