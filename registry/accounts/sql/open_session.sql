INSERT INTO portal_session
(
    sha256,
    user_id,
    csrf_token,
    account_id,
    created_at,
    seen_at,
    generation,
    method,
    has_second_factor,
    address,
    browser
)
VALUES (
    %(sha256)s,
    %(user_id)s,
    %(csrf_token)s,
    %(account_id)s,
    %(now)s,
    %(now)s,
    %(generation)s,
    %(method)s,
    %(has_second_factor)s,
    %(address)s,
    %(browser)s
)
