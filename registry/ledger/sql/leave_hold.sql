UPDATE import SET
    state = 'waiting',
    reason = %(reason)s,
    let_through_by = CASE %(decision)s WHEN 'let_through' THEN %(by)s ELSE let_through_by END
WHERE id = %(id)s AND state = 'held'
