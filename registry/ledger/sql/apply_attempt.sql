UPDATE attempt SET
    state = 'applied',
    reason = NULL,
    registry_version = %(registry_version)s,
    records = %(records)s,
    created = %(created)s,
    updated = %(updated)s,
    unchanged = %(unchanged)s,
    errored = %(errored)s,
    missing = %(missing)s,
    changed_identities = %(changed_identities)s
WHERE import_id = %(import_id)s AND number = %(number)s AND state = 'open'
