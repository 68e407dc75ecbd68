SELECT {user_columns} FROM portal_link
JOIN portal_person_of_link(%(sha256)s) AS portal_user ON portal_link.user_id = portal_user.id
WHERE portal_link.sha256 = %(sha256)s
    AND portal_link.expires_at > %(now)s
    AND portal_link.generation = portal_user.session_generation
    AND NOT portal_user.disabled
