"""Schemas of the marts, and the roles that read them."""

from registry.database.statements import Statements

ANALYST = "rosterline_analyst"
PATIENT_ANALYST = "rosterline_patient_analyst"
ROLES = (ANALYST, PATIENT_ANALYST)
"""Revision 0007 makes them. They cannot log in: people are granted them."""

_SQL = Statements(__file__)

DROP_VIEWS = _SQL["drop_views"]
"""Run before a migration: tables cannot change while views read them. The next build of the marts
makes the views again."""

HAND_OVER = _SQL["hand_over"]
"""Gives the marts to `rosterline_runs`, which builds them; older versions did so as the owner."""
