"""Conditions in SQL: which attempts and changes are in effect.

An attempt is in effect unless an undo took it back; the view `undone_attempt` lists those that are
not. Such an attempt asserts nothing, in matching or anywhere else, until a further attempt applies
the import again. The statements of `registry/patients/sql/` and `registry/decisions/sql/` spell
these conditions out; the constants are for statements that are composed in Python.
"""

IS_EFFECTIVE = (
    "NOT EXISTS (SELECT FROM undone_attempt u"
    " WHERE u.import_id = {0}.import_id AND u.attempt = {0}.attempt)"
)
"""SQL: no undo took back the attempt of `{0}`, a row of `import_row` or `patient_change`."""

IS_NO_DECISION = "NOT EXISTS (SELECT FROM decision d WHERE d.id = {0}.import_id)"
"""SQL: a file or a caller made the change `{0}`, not an undo, a merge or a split.

A decision moves values between patients and points in time. It does not assert them.
"""
