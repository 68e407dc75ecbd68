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

IS_ASSERTED = (
    "NOT EXISTS (SELECT FROM decision d WHERE d.id = {0}.import_id AND NOT EXISTS"
    " (SELECT FROM asserting_decision a WHERE a.id = d.id AND a.patient_id = d.patient_id))"
)
"""SQL: a file, a caller, or a person who corrected a value or decided who a patient is, made the
change `{0}`.

Undo, merge and split move values between patients and points in time. They do not assert them.
View `asserting_decision` has the decisions that do.
"""
