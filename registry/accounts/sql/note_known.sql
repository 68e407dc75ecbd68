INSERT INTO sign_in_count (kind, address, user_name, tries, began_at, last_at, signed_in_at)
VALUES (%(kind)s, %(address)s, %(user_name)s, 0, now(), now(), now())
ON CONFLICT (kind, address, user_name) DO UPDATE SET tries = 0, signed_in_at = now()
