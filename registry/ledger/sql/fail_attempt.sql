UPDATE attempt SET
    state = 'failed',
    fault_code = %(fault_code)s,
    reason = %(reason)s,
    records = 0,
    created = 0,
    updated = 0,
    unchanged = 0,
    errored = 0
WHERE
    import_id = %(import_id)s
    AND number = coalesce(%(number)s::integer, number)
    AND state = 'open'
