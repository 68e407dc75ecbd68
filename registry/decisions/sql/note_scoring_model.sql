INSERT INTO scoring_model (account_id, name, review, automatic, used_at)
VALUES (%(account)s, %(name)s, %(review)s, %(automatic)s, clock_timestamp())
ON CONFLICT (account_id, name) DO UPDATE
    SET review = excluded.review, automatic = excluded.automatic, used_at = excluded.used_at
