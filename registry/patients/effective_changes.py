"""What stands: the attempts and people whose changes hold, and those that an undo took back.

An import that was undone has no say any more, in matching or in anything else, until a further
attempt applies it anew. The view `undone_attempt` names the attempts that were taken back.
"""

STANDS = (
    "NOT EXISTS (SELECT FROM undone_attempt u"
    " WHERE u.import_id = {0}.import_id AND u.attempt = {0}.attempt)"
)
"""SQL: no undo took back the attempt of `{0}`, a row of `import_row` or `patient_change`."""

IS_NO_DECISION = "NOT EXISTS (SELECT FROM decision d WHERE d.id = {0}.import_id)"
"""SQL: the change called `{0}` was made by a file or a caller. Undo, merge and split move values;
they tell none, and do not date them anew."""

IN_FORCE = "EXISTS (SELECT FROM review r WHERE r.closed_by = {0}.id AND r.state = 'same')"
"""SQL: the decision called `{0}` is a merge that was not split since."""

ITEM_HASH = "('x0' || left(md5({0} || '/' || {1}), 7))::bit(32)::integer"
"""SQL of `import_row.confirmed_items`: 28 bits for field and item; macro `item_hash` in DuckDB."""
